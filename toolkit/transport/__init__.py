"""On the wire: carry, verify, try again, page after page. It decides nothing."""
