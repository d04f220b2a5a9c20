"""Starts local-bigquery (the command line is its own) with five things put right for this project:

1. The DuckDB extensions that it needs come from PyPI's wheels, not from a download at run time.
2. @google-cloud/bigquery sends BOOL query parameters as JSON booleans, which BigQuery takes and local-bigquery doesn't.
3. A MERGE into a table that requires a partition filter has it in its ON clause. local-bigquery runs a MERGE as several queries
   without a WHERE, and refuses each of them.
4. A view whose query is changed answers by the new one, and has lost the descriptions of its columns. local-bigquery notes the
   change down and goes on by the old one.
5. What it wants to know of one table it asks DuckDB's lists of all tables, views and columns, several times for each request. They
   take ever longer the more there are, since a view's columns are found by reading its query.
"""

import contextvars
import importlib
import json
import pathlib
import sys

import duckdb

EXTENSIONS = ("ducklake", "icu", "spatial")
_connect = duckdb.connect
_installed = False


def _extension_file(name):
    folder = pathlib.Path(importlib.import_module(f"duckdb_extension_{name}").__file__).parent
    return folder / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"


def _connect_offline(*args, config=None, **kwargs):
    global _installed
    config = dict(config or {})
    time_zone = config.pop("TimeZone", None)
    folder = str(pathlib.Path(sys.prefix) / "duckdb-extensions")
    connection = _connect(*args, config={"extension_directory": folder, **config}, **kwargs)
    if not _installed:
        for name in EXTENSIONS:
            connection.execute(f"INSTALL '{_extension_file(name)}'")
        _installed = True
    # Known only once icu is loaded.
    if time_zone:
        connection.execute(f"SET GLOBAL TimeZone='{time_zone}'")
    return connection


duckdb.connect = _connect_offline


def _with_text_booleans(value):
    if isinstance(value, dict):
        return {
            key: str(item).lower() if key == "value" and isinstance(item, bool) else _with_text_booleans(item)
            for key, item in value.items()
        }
    return [_with_text_booleans(item) for item in value] if isinstance(value, list) else value


class BooleanParameters:
    """ASGI middleware over the two requests that can carry query parameters."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if not (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and scope["path"].endswith(("/queries", "/jobs"))
            and not scope["path"].startswith("/upload")
        ):
            return await self.app(scope, receive, send)
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if b'"queryParameters"' in body:
            body = json.dumps(_with_text_booleans(json.loads(body))).encode()
            headers = [(key, value) for key, value in scope["headers"] if key != b"content-length"]
            scope = {**scope, "headers": [*headers, (b"content-length", str(len(body)).encode())]}
        given = False

        async def replay():
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body}

        await self.app(scope, replay, send)


def allow_filtered_merges():
    from local_bigquery.jobs import merge
    from local_bigquery.sql.rules import tables

    run, check = merge.run, tables._check
    merging = contextvars.ContextVar("merging", default=False)

    def run_merge(*args):
        token = merging.set(True)
        try:
            return run(*args)
        finally:
            merging.reset(token)

    merge.run = run_merge
    # No filter is asked of what a statement writes to.
    tables._check = lambda tree, table, is_target: check(tree, table, is_target or merging.get())


def let_views_change():
    from local_bigquery.catalog import metadata, tables
    from local_bigquery.engine import database
    from local_bigquery.jobs.query import translate_view
    from local_bigquery.models import Table

    update = tables.update

    def update_view(project_id, dataset_id, table_id, body, *args):
        stored = metadata.load(Table, project_id, dataset_id, table_id)
        if body.view and stored and stored.view and body.view.query != stored.view.query:
            query = translate_view(project_id, dataset_id, body.view.query)
            database.execute(f"CREATE OR REPLACE VIEW {tables.name(project_id, dataset_id, table_id)} AS {query}")
            tables.record(project_id, dataset_id, table_id, stored.without("schema"))
        return update(project_id, dataset_id, table_id, body, *args)

    tables.update = update_view


class NewCursor:
    """It has no temporary tables yet, and need not look for them among all."""

    def __init__(self, cursor):
        self._cursor = cursor

    def sql(self, query, *args, **more):
        listed = query == "SELECT table_name FROM duckdb_tables() WHERE temporary"
        return self._cursor.sql("SELECT '' LIMIT 0" if listed else query, *args, **more)

    def __getattr__(self, name):
        return getattr(self._cursor, name)


def ask_for_one_table():
    from local_bigquery.engine import database
    from local_bigquery.jobs import query

    fetch, objects, execute = database.fetch, database.objects, query.execute

    def lake(project_id):
        """DuckLake's own tables, in which the lists look, too: https://ducklake.select/docs/stable/specification/tables/overview"""
        return database.quote(f"__ducklake_metadata_{project_id}")

    def fetch_one(sql, params=None):
        if "FROM duckdb_columns()" not in sql:
            return fetch(sql, params)
        # Those of a table that must not be null, or one of a table.
        *table, column = params if len(params) == 4 else [*params, None]
        try:
            found = fetch('SELECT name, "notnull" FROM pragma_table_info(?)', [database.quote(*table)])
        except duckdb.CatalogException:
            return []
        return [(name,) for name, required in found if (required if column is None else name == column)]

    def objects_of(project_id, dataset_id, table_id=None):
        if table_id is None or project_id == "emulator":
            return objects(project_id, dataset_id, table_id)
        return fetch(
            f"""SELECT table_name, 'TABLE', coalesce(record_count, 0) FROM {lake(project_id)}.ducklake_table AS named
            JOIN {lake(project_id)}.ducklake_schema AS dataset USING (schema_id)
            LEFT JOIN {lake(project_id)}.ducklake_table_stats USING (table_id)
            WHERE schema_name = $1 AND table_name = $2 AND named.end_snapshot IS NULL AND dataset.end_snapshot IS NULL
            UNION ALL SELECT view_name, 'VIEW', 0 FROM {lake(project_id)}.ducklake_view AS named
            JOIN {lake(project_id)}.ducklake_schema AS dataset USING (schema_id)
            WHERE schema_name = $1 AND view_name = $2 AND named.end_snapshot IS NULL AND dataset.end_snapshot IS NULL""",
            [dataset_id, table_id],
        )

    def run(cursor, *args, session=None, **more):
        return execute(cursor if session else NewCursor(cursor), *args, session=session, **more)

    database.fetch = fetch_one
    database.objects = objects_of
    query.execute = run


if __name__ == "__main__":
    from local_bigquery.app import app
    from local_bigquery.cli import main

    allow_filtered_merges()
    let_views_change()
    ask_for_one_table()
    app.add_middleware(BooleanParameters)
    main()
