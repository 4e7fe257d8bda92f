/* The demo's shop: a cart and a member in the visitor's browser; what happens is told by the tracking script. */
(() => {
  "use strict";
  const tell = (...call) => (window.zhiji = window.zhiji || []).push(call);
  const read = (name, otherwise) => { try { return JSON.parse(localStorage.getItem(name)) ?? otherwise; } catch { return otherwise; } };
  const write = (name, value) => localStorage.setItem(name, JSON.stringify(value));
  const one = (selector) => document.querySelector(selector);
  const cart = () => read("shop_cart", []);

  const count = () => {
    const items = cart().reduce((sum, line) => sum + line.quantity, 0);
    one("[data-cart-count]").textContent = items ? `(${items})` : "";
  };
  const add = (product) => {
    const lines = cart(), same = lines.find((line) => line.product_id === product.product_id);
    if (same) same.quantity += 1; else lines.push({ ...product, quantity: 1 });
    write("shop_cart", lines);
    count();
  };
  const total = (lines) => Math.round(lines.reduce((sum, line) => sum + line.price * line.quantity, 0) * 100) / 100;

  const draw = (card) => {
    const lines = cart(), list = one("[data-lines]"), sign = card.dataset.sign;
    one("[data-empty]").hidden = lines.length > 0 || !one("[data-bought]").hidden;
    one("[data-filled]").hidden = !lines.length;
    one("[data-total]").textContent = sign + total(lines).toFixed(2);
    list.replaceChildren(...lines.map((line) => {
      const row = document.createElement("li"), name = document.createElement("span"), small = document.createElement("small"), button = document.createElement("button");
      name.textContent = line.name;
      small.textContent = `${sign}${line.price.toFixed(2)} × ${line.quantity}`;
      name.append(small);
      button.className = "quiet";
      button.textContent = card.dataset.take;
      button.addEventListener("click", () => {
        write("shop_cart", cart().filter((kept) => kept.product_id !== line.product_id));
        tell("track", "Product Removed", line);
        count();
        draw(card);
      });
      row.append(name, button);
      return row;
    }));
  };
  const buy = (card) => {
    const lines = cart();
    tell("track", "Order Completed", { order_id: "WEB-" + Date.now().toString(36).toUpperCase(), total: total(lines), products: lines });
    write("shop_cart", []);
    one("[data-bought]").hidden = false;
    count();
    draw(card);
  };

  const greet = (member) => {
    one("[data-stranger]").hidden = Boolean(member);
    one("[data-known]").hidden = !member;
    if (!member) return;
    const line = one("[data-greeting]"), record = one("[data-record]");
    line.textContent = line.dataset.greeting + member.name;
    record.href = record.dataset.record + "?q=" + encodeURIComponent(member.name);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add]");
    if (!button) return;
    add(JSON.parse(button.dataset.add));
    one("[data-added]").hidden = false;
  });
  count();
  const link = one("nav [data-member]"), card = one("[data-cart]"), form = one("[data-register]");
  if (read("shop_member", null)) link.textContent = link.dataset.member;
  if (card) {
    draw(card);
    if (cart().length) tell("track", "Cart Viewed", { total: total(cart()), products: cart() });
    one("[data-buy]").addEventListener("click", () => buy(card));
  }
  if (form) {
    greet(read("shop_member", null));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const said = new FormData(form), member = { id: "web-" + crypto.randomUUID().slice(0, 8), name: said.get("name") };
      const traits = { name: said.get("name"), phone: said.get("phone") || undefined, email: said.get("email") || undefined };
      if (said.get("consent")) traits.consent = { email: true };
      write("shop_member", member);
      tell("identify", member.id, traits);
      tell("track", "Signed Up", {});
      greet(member);
    });
    one("[data-leave]").addEventListener("click", () => { localStorage.removeItem("shop_member"); tell("reset"); location.reload(); });
  }
})();
