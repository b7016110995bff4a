"""On the wire: send, verify, try again, page after page. It decides nothing."""
