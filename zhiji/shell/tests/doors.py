"""What the frame's own addresses are asked."""

from zhiji.config.tests.doors.asked import Ask

PLACES = {"palette/": "palette/?q=人甲"}
READS = {"palette/": "", "alarms/": "settings:write"}
CHANGES = {"POST theme/": Ask("", {"theme": "dark", "next": "/"})}
