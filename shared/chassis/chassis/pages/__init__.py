"""Pages for people: one self-contained HTML file each, with nothing to fetch; light or dark, wide or narrow.

`shell` renders a template inside the shell that all pages share, `charts` draws plots as inline SVG, `words` puts numbers
into words. Everything that comes from data is escaped: templates escape by themselves, charts through `markupsafe`.
"""
