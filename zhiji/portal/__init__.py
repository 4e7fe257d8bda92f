"""The customers' side: the tracking script for their sites, and the pages that a signed link opens to them."""
