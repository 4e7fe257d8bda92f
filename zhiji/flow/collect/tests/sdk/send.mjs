// Makes each of the protocol's calls by the real Node client: node send.mjs <host> <write key> <order as JSON>
import { Analytics } from "@segment/analytics-node";

const [host, writeKey, order] = process.argv.slice(2);
const analytics = new Analytics({ host, writeKey, maxRetries: 1 });
const failures = [];
analytics.on("error", (error) => failures.push(error));

analytics.identify({ userId: "u-1", traits: { name: "李娜", email: "li.na@example.com" } });
analytics.track({ userId: "u-1", event: "Order Completed", properties: JSON.parse(order) });
analytics.page({ userId: "u-1", category: "Shop", name: "Home", properties: { path: "/" } });
analytics.screen({ userId: "u-1", name: "Start" });
analytics.group({ userId: "u-1", groupId: "acme", traits: { name: "Acme" } });
analytics.alias({ userId: "u-1", previousId: "old" });
await analytics.closeAndFlush();

for (const failure of failures) console.error(failure);
process.exit(failures.length ? 1 : 0);
