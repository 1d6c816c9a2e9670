"""What makes a service a service: jobs in a child process, problems, settings, health, metrics, logs.

Import from the modules: `chassis.app` (create_app, serve), `chassis.settings`, `chassis.engine` (what a child runs),
`chassis.job_queue` and `chassis.job_routes` (submit and answer), `chassis.error_handlers` (another error format).
"""
