"""Proposals for dates and times: `written_formats` (how they are written), `propose_date` (which parts are learned)."""
