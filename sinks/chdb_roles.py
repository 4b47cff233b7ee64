"""Who may read what in chDB: roles, told to the engine when it starts.

The engine knows one user, who has three roles. Every session has all of them until it takes one (`SET ROLE`):

    owner     everything: lands, migrates
    reader    all tables; nothing outside the warehouse (no file, no address): what `ucc sql` asks with
    analyst   the views of the database `analysts`, and of the engine's own tables those that clients ask for when they connect

Analysts' views (`analysts_views`) are read under no rights of their own, so an analyst needs none on what is below them.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from sinks.analysts_views import ANALYSTS, VIEWS

OWNER, READER, ANALYST = "owner", "reader", "analyst"
SHOWN = frozenset(
    {
        *("aggregate_function_combinators", "codecs", "collations", "columns", "constraints", "contributors", "current_roles", "data_skipping_indices"),
        *("data_type_families", "database_engines", "databases", "enabled_roles", "formats", "functions", "keywords", "licenses", "numbers", "numbers_mt"),
        *("one", "primes", "settings", "settings_changes", "statements", "table_engines", "table_functions", "tables", "time_zones", "tokenizers"),
        *("zeros", "zeros_mt"),
    }
)
"""Tables of the engine that say what may be asked, and how. `tables`, `columns` and `databases` show what their reader may read."""
HIDDEN = (
    *("asynchronous_inserts", "asynchronous_loader", "azure_queue_metadata", "azure_queue_metadata_cache", "azure_queue_settings"),
    *("background_schedule_pool", "backups", "build_options", "certificates", "clusters", "completions", "dashboards", "data_skipping_index_types"),
    *("database_replicas", "detached_parts", "detached_tables", "dictionaries", "dictionary_layouts", "dictionary_sources", "dimensional_metrics"),
    *("disk_types", "disks", "distributed_ddl_queue", "distribution_queue", "dns_cache", "documentation", "dropped_tables", "dropped_tables_parts"),
    *("errors", "events", "fail_points", "filesystem_cache", "filesystem_cache_settings", "grants", "graphite_retentions", "handlers"),
    *("histogram_metrics", "hypothetical_indexes", "hypothetical_projections", "iceberg_files", "iceberg_history", "jemalloc_arena_bins"),
    *("jemalloc_bins", "jemalloc_profile_text", "jemalloc_sampled_allocations", "jemalloc_stats", "kafka_consumers", "macros", "masking_policies"),
    *("merge_tree_settings", "merges", "metrics", "moves", "mutations", "named_collections", "part_moves_between_shards", "parts", "parts_columns"),
    *("privileges", "processes", "projection_parts", "projection_parts_columns", "projections", "query_cache", "query_condition_cache"),
    *("quota_limits", "quota_usage", "quotas", "quotas_usage", "remote_data_paths", "replicas", "replicated_fetches"),
    *("replicated_merge_tree_settings", "replication_queue", "resources", "rocksdb", "role_grants", "roles", "row_policies", "s3_queue_metadata"),
    *("s3_queue_settings", "s3queue_metadata_cache", "scheduler", "schema_inference_cache", "server_settings", "session_query_ids"),
    *("settings_profile_elements", "settings_profiles", "stack_trace", "storage_policies", "symbols", "unicode", "user_defined_functions"),
    *("user_directories", "user_processes", "user_query_log", "users", "view_refreshes", "warnings", "workloads"),
)
"""The others tell of the machine, of what others ask, of what went wrong with it: to analysts they have no rows."""


def users() -> str:
    """The engine's file of users, profiles and roles."""
    roles = {
        OWNER: ["GRANT ALL ON *.* WITH GRANT OPTION"],
        READER: ["GRANT SELECT, SHOW ON *.*"],
        ANALYST: [f"GRANT SELECT ON {ANALYSTS}.{view}" for view in VIEWS],
    }
    granted = "".join(f"<{role}>{_queries(grants)}</{role}>" for role, grants in roles.items())
    seen = escape(f"hasAny(currentRoles(), ['{OWNER}', '{READER}'])")
    filters = "".join(f"<{table}><filter>{seen}</filter></{table}>" for table in HIDDEN)
    user = (
        "<password></password><networks><ip>127.0.0.1</ip><ip>::1</ip></networks><profile>default</profile><quota>default</quota>"
        f"<databases><system>{filters}</system></databases>{_queries([f'GRANT {role}' for role in roles])}"
    )
    return (
        f"<clickhouse><profiles><default/></profiles><quotas><default/></quotas><roles>{granted}</roles><users><default>{user}</default></users></clickhouse>\n"
    )


def _queries(grants: list[str]) -> str:
    return f"<grants>{''.join(f'<query>{escape(grant)}</query>' for grant in grants)}</grants>"
