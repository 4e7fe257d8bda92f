// A visitor of the shop, by the real Node client: node journey.mjs <host> <write key> <registers|buys> <user id …>
import { createRequire } from "node:module";

const { Analytics } = createRequire(process.env.SDK_FOLDER + "/")("@segment/analytics-node");
const [host, writeKey, what, ...users] = process.argv.slice(2);
const analytics = new Analytics({ host, writeKey, maxRetries: 3 });
let failed = false;
analytics.on("error", () => (failed = true));

users.forEach((userId, place) => {
  if (what === "registers") {
    const traits = { name: `旅人${place + 1}`, email: `${userId}@example.com`, consent: { email: true } };
    analytics.identify({ userId, traits });
    analytics.track({ userId, event: "Signed Up" });
  } else {
    const properties = { order_id: `J-${userId}`, total: 88, products: [{ product_id: "7", price: 88, category: "牛奶" }] };
    analytics.track({ userId, event: "Order Completed", properties });
  }
});
await analytics.closeAndFlush();
process.exit(failed ? 1 : 0);
