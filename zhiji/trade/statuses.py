"""What shops call the standing of an order, in their files and events, and what it means here."""

import unicodedata

from zhiji.trade.models import Order

State = Order.State
_WORDS = {
    State.UNPAID: """
        等待买家付款 买家未付款 待付款 等待付款 未付款 待支付 等待支付 未支付 付款中 付款确认中 待审核付款
        unpaid pending pending_payment payment_pending awaiting_payment wait_buyer_pay not_pay on-hold on_hold
        authorized""",
    State.PAID: """
        已付款 已支付 买家已付款 付款成功 支付成功 交易成功 交易完成 已完成 完成 订单完成 待发货 等待发货
        等待卖家发货 买家已付款，等待卖家发货 买家已付款,等待卖家发货 备货中 待出库 等待出库 部分发货 已发货
        卖家已发货 等待确认收货 待收货 等待买家确认收货 卖家已发货，等待买家确认 卖家已发货,等待买家确认
        已收货 已签收 买家已签收 待评价 已评价 待自提 已自提 已核销
        paid completed complete success succeeded processing fulfilled shipped delivered
        wait_seller_send_goods seller_consigned_part wait_buyer_confirm_goods trade_buyer_signed trade_finished
        trade_success wait_seller_stock_out wait_goods_receive_confirm finished_l""",
    State.CLOSED: """
        交易关闭 已关闭 关闭 订单关闭 已取消 取消 订单取消 买家取消 卖家取消 交易取消 付款超时 超时关闭
        付款失败 支付失败
        closed cancelled canceled voided failed expired trade_closed trade_closed_by_taobao trade_canceled""",
    State.PART_REFUNDED: """
        部分退款 部分退款成功 已部分退款 partially_refunded partly_refunded part_refunded partial_refund""",
    State.REFUNDED: """
        退款成功 已退款 全额退款 全部退款 退款完成 已退货退款 退货退款成功 未发货，退款成功 未发货,退款成功
        已发货，退款成功 已发货,退款成功 已收货，退款成功 已收货,退款成功 交易关闭（退款成功）
        refunded refund_success fully_refunded""",
}
WORDS: dict[str, str] = {word: state.value for state, words in _WORDS.items() for word in words.split()}
"""Every known word, in lower case, with the state it means."""
_PLAIN = {unicodedata.normalize("NFKC", word): state for word, state in WORDS.items()}


def meant(word: object) -> str:
    """The state that a word of somebody else's means; "" where nobody has said."""
    plain = unicodedata.normalize("NFKC", str(word)).strip().lower()
    return _PLAIN.get(plain) or _PLAIN.get(plain.replace(" ", "_").replace("-", "_"), "")
