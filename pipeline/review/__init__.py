"""The review page: a local web application on which an editor settles what was flagged, the proof beside it.

`questions` and `verbs` are pure: what a return asks of a person, and what an answer adds to the log. `order` puts the
returns into the order in which they come. `session` holds the batch and the log of one running server; `pages` draws
pages and places of pages in a process of its own; `app` is the web application.
"""
