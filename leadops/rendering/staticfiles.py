"""How style sheets and scripts are collected for production."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedModules(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # no types
    """Names with a hash of the content, which one script's `import` of another follows too."""

    # Left alone, an import would ask for a name without a hash: not cached, and stale after an
    # upgrade. Django leaves it off for code whose strings look like imports; ours has none.
    support_js_module_import_aggregation = True
