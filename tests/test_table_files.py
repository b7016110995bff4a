"""Tables as files: other programs take them, formulas are inert, and what was saved is read back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from toolkit import cobo, frames
from toolkit.base.inert import meant
from toolkit.errors import InputError
from toolkit.table_files import SHEET_ROWS

AT = 1_795_000_000_123
#: What a spreadsheet, pandas or both would read as a number, a date, a truth or nothing.
NUMBERS = [
    "123", "0012", "4010e12", "1e5", "12345678901234567890", "1-2", "1/2", "10:30", "2026-01-02", "50%", "1,5", "(12)", "0x1f",
    "4071 2900 6612", "NA", "None", "null", "TRUE", "nan", "inf", "#N/A", "- 5",
]  # fmt: skip


def groups(ids: list[str]) -> pd.DataFrame:
    return frames.groups(
        [
            cobo.KeyShareHolderGroup(
                type="MainGroup", threshold=2, created_timestamp=AT, key_share_holder_group_id=each
            )
            for each in ids
        ]
    )


def read(path: Path) -> pd.DataFrame:
    readers = {
        ".csv": pd.read_csv,
        ".xlsx": pd.read_excel,
        ".parquet": pd.read_parquet,
        ".json": pd.read_json,
    }
    frame: pd.DataFrame = readers[path.suffix](path)
    return frame


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_read_back(tmp_path: Path, ending: str) -> None:
    """Times, numbers and ids are the same when another program has read them."""
    frame = groups(["6aa8b0b5", "c494"])
    back = read(frames.save(frame, tmp_path / f"groups.{ending}"))
    assert list(back.columns) == list(frame.columns)
    assert (
        pd.to_datetime(back["created"], utc=True).astype("datetime64[ms, UTC]").tolist()
        == [pd.Timestamp(AT, unit="ms", tz="UTC")] * 2
    )
    assert back["threshold"].tolist() == [2, 2]
    assert back["key_share_holder_group_id"].tolist() == ["6aa8b0b5", "c494"]
    assert back["vault_id"].isna().all()


def test_parquet_keeps_everything(tmp_path: Path) -> None:
    """dtypes, words and what the table says of itself."""
    frame = groups(["a"])
    back = read(frames.save(frame, tmp_path / "groups.parquet"))
    pd.testing.assert_frame_equal(back, frame, check_dtype=False, check_categorical=False)
    assert [str(dtype) for dtype in back.dtypes] == [str(dtype) for dtype in frame.dtypes]
    assert back.attrs == frame.attrs


@pytest.mark.parametrize("text", NUMBERS)
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_ids_are_no_numbers(tmp_path: Path, ending: str, text: str) -> None:
    """An id or a name that looks like a number is read as the text that it is."""
    frame = groups(["an id", text])
    path = frames.save(frame, tmp_path / f"groups.{ending}")
    if ending == "xlsx":
        cell = openpyxl.load_workbook(path)["table"].cell(3, 8)
        assert (cell.data_type, meant(str(cell.value))) == ("s", text)
        return
    assert meant(read(path)["key_share_holder_group_id"][1]) == text


def test_fingerprints_are_no_numbers(tmp_path: Path) -> None:
    """Hex digits of a fingerprint stay a text, all digits or not."""
    column = read(frames.save(groups(["4071 2900 6612"]), tmp_path / "t.csv"))
    assert isinstance(column["key_share_holder_group_id"][0], str)


FORMULAS = [
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "a;=1",
    '",=1+1',
    "=cmd|' /C calc'!A0",
]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "json"])
@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_inert(tmp_path: Path, ending: str, text: str) -> None:
    """Not in our own columns, nor in one that somebody added, in its name or in the index."""
    frame = frames.groups([cobo.KeyShareHolderGroup(type=text, key_share_holder_group_id=text)])
    theirs = frame.assign(**{text: [text]}).set_index(text, drop=False)
    theirs.index.name = "index"
    path = frames.save(theirs, tmp_path / f"t.{ending}")
    if ending == "xlsx":
        for row in openpyxl.load_workbook(path)["table"].iter_rows():
            assert not [cell.value for cell in row if cell.data_type == "f"]
            assert not [cell for cell in row if str(cell.value)[:1] in tuple("=+-@\t\r")]
        return
    back = read(path)
    texts = [*map(str, back.columns), *map(str, back.iloc[0].dropna())]
    assert not [each for each in texts if each[:1] in tuple("=+-@\t\r")]
    assert not [each for each in texts if ";=" in each or ",=" in each]


def test_html_runs_nothing(tmp_path: Path) -> None:
    """A page of its own, with a policy that lets nothing run, even for a column that somebody added."""
    frame = groups(["a"]).assign(note=["<script>alert(1)</script>"])
    page = frames.save(frame, tmp_path / "t.html").read_text()
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "EMULATOR" not in page
    assert "not received by a client" in page


def test_what_says_something_is_kept(tmp_path: Path) -> None:
    """Counts, groups and tables across are saved with their labels."""
    frame = groups(["a", "b"])
    counts = read(frames.save(frame["type"].value_counts().to_frame(), tmp_path / "t.csv"))
    assert counts.iloc[0].tolist() == ["MainGroup", 2]
    across = pd.crosstab(frame["type"], [frame["threshold"], frame["key_share_holder_group_id"]])
    assert list(read(frames.save(across, tmp_path / "u.csv")).columns) == ["type", "2 · a", "2 · b"]


REFUSED: list[tuple[str, str, str]] = [
    ("another ending", "t.xls", "its ending is none of .csv, .xlsx, .parquet, .json, .html"),
    ("no folder", "nowhere/t.csv", "cannot be written: No such file or directory"),
]


@pytest.mark.parametrize(
    ("name", "sentence"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_refused(tmp_path: Path, name: str, sentence: str) -> None:
    """What cannot be saved says why, and leaves nothing behind."""
    with pytest.raises(InputError, match=sentence):
        frames.save(groups(["a"]), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_more_than_a_sheet_holds(tmp_path: Path) -> None:
    """Too many rows and too long a text are refused with the way out; nothing is cut in silence."""
    with pytest.raises(InputError, match="do not fit into a sheet of Excel") as refused:
        frames.save(pd.DataFrame({"a": range(SHEET_ROWS)}), tmp_path / "t.xlsx")
    assert ".parquet" in refused.value.hint
    with pytest.raises(
        InputError, match=r"A text in key_share_holder_group_id has 40,000 characters"
    ):
        frames.save(groups(["x" * 40_000]), tmp_path / "t.xlsx")


def test_large_numbers_keep_their_digits(tmp_path: Path) -> None:
    """Excel's numbers are floats: what does not fit into one is a text."""
    path = frames.save(pd.DataFrame({"n": [2**60 + 1, 2]}), tmp_path / "t.xlsx")
    assert openpyxl.load_workbook(path)["table"].cell(2, 1).value == str(2**60 + 1)


@pytest.mark.parametrize(
    ("ending", "module", "extra"),
    [("xlsx", "openpyxl", "excel"), ("parquet", "pyarrow", "parquet")],
)
def test_a_part_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str, module: str, extra: str
) -> None:
    """Without the part that writes it, the error names the extra that brings it."""
    monkeypatch.setattr("toolkit.table_files.find_spec", lambda name: None)
    with pytest.raises(InputError, match=f"needs {module}, which is not installed") as refused:
        frames.save(groups(["a"]), tmp_path / f"t.{ending}")
    assert f"quorum-toolkit[{extra}]" in refused.value.hint


def test_an_older_file_is_replaced_whole(tmp_path: Path) -> None:
    """The new content, and nothing beside it."""
    path = tmp_path / "t.csv"
    path.write_text("x" * 10_000)
    frames.save(groups(["a"]), path)
    assert "xxx" not in path.read_text()
    assert [each.name for each in tmp_path.iterdir()] == ["t.csv"]


#: Frames of users, which any kind of file takes.
THEIRS: dict[str, pd.DataFrame] = {
    "two columns of one name": pd.DataFrame([[1, "=x"]], columns=["a", "a"]),
    "names that read the same": pd.DataFrame([[1, 2, 3]], columns=[1, "1", "1 (2)"]),
    "names that are missing": pd.DataFrame([[1, 2]], columns=[float("nan"), None]),
    "an index of a column's name": pd.DataFrame({"a": [1]}, index=pd.Index(["x"], name="a")),
    "an index without a name": pd.DataFrame({"index": [1]}, index=["=1"]),
    "two levels": pd.DataFrame(
        {"v": range(4)}, index=pd.MultiIndex.from_product([["=1", "a"], ["<b>", "-2"]])
    ),
    "words that read the same": pd.DataFrame({"a": pd.Categorical(["=1", "\\u003d1"])}),
    "words that are numbers": pd.DataFrame({"a": pd.Categorical([1, 2])}),
    "numbers beyond 64 bits": pd.DataFrame({"a": [2**70, -(2**70), 1]}),
    "of all kinds": pd.DataFrame({"a": [1, "=x", None, 3.5, True]}),
    "lists and mappings": pd.DataFrame({"a": [["=1", "<img>"], {"=k": "<img>"}, {"s"}, b"\x1b"]}),
    "moments as objects": pd.DataFrame(
        {"a": pd.Series([datetime(2026, 1, 1, tzinfo=UTC)] * 2, dtype=object)}
    ),
    "months": pd.DataFrame({"a": pd.period_range("2026-01", periods=2, freq="M")}),
    "complex numbers": pd.DataFrame({"a": [1 + 2j]}),
    "mostly nothing": pd.DataFrame({"a": pd.arrays.SparseArray([0, 0, 1])}),
    "half characters": pd.DataFrame({"a": pd.Series(["a\ud800", "\udfff"], dtype=object)}),
    "no characters": pd.DataFrame({"a": ["a\ufffe", "\uffff", "\ufdd0", "\U0001ffff"]}),
    "nothing": pd.DataFrame(),
    "no rows": pd.DataFrame({"a": []}),
}


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "json", "html"])
@pytest.mark.parametrize("name", THEIRS)
def test_any_frame(name: str, ending: str, tmp_path: Path) -> None:
    """Whatever a user makes of a frame is saved whole, inert, under names that are all different."""
    frame = THEIRS[name]
    path = frames.save(frame, tmp_path / f"t.{ending}")
    content = path.read_bytes()
    if ending == "html":
        assert b"<img>" not in content
        return
    if frame.empty:
        return
    back = read(path) if ending != "json" else pd.DataFrame(json.loads(content))
    assert len(back) == len(frame)
    assert len(set(back.columns)) == len(back.columns) >= len(frame.columns)
    texts = [value for row in back.astype(object).to_numpy() for value in row]
    assert not [text for text in texts if isinstance(text, str) and text[:1] in tuple("=+@\x1b")]


def test_what_a_table_says_of_itself(tmp_path: Path) -> None:
    """Facts of any kind are kept as texts, inert, and stop no file."""
    frame = pd.DataFrame({"a": [1]})
    frame.attrs = {"=x": "=1", 3: {1, 2}, "bad": "\ud800", "object": object(), "verified": None}
    for ending in ("csv", "xlsx", "parquet", "json", "html"):
        frames.save(frame, tmp_path / f"t.{ending}")
    attrs = pd.read_parquet(tmp_path / "t.parquet").attrs
    assert (attrs["\\u003dx"], attrs["3"], attrs["verified"]) == ("\\u003d1", "{1, 2}", None)
