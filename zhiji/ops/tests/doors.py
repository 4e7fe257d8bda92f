"""What the pages about the house itself are asked."""

READS = {"workspace/": "settings:read", "/api/status": "segments:read"}
