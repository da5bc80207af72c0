"""One module per step; `schema.HEAD` names the newest."""
