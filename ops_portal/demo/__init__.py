"""The demonstration agency: an invented agency with ninety days behind it and work that is due today."""
