"""The parts that every service has: jobs in a child process, problems, settings, health, metrics, logs.

Import from the modules: `chassis.app` (create_app, serve), `chassis.settings`, `chassis.engine.engine` (what a child runs),
`chassis.jobs.queue` and `chassis.http.job_routes` (submit and answer), `chassis.http.error_handlers` (another error format).
"""
