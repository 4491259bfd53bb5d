"""The screen: the page of the report fed live by a small server, with workers beside it that do the thinking."""
