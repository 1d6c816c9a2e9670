"""Pages for people: one self-contained HTML file each, with nothing to fetch; light or dark, wide or narrow.

`layout` renders a template inside the layout that all pages share, `charts` draws plots as inline SVG, `number_format` formats
numbers. Everything that comes from data is escaped: templates escape by themselves, charts through `markupsafe`.
"""
