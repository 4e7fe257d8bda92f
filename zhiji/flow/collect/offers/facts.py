"""Facts that come from outside and belong to no desk."""

from functools import partial

from zhiji.kernel.facts import FactType, Property

_PRODUCT = (
    Property("product_id", "text", "商品编号", column=True),
    Property("name", "text", "商品名称"),
    Property("category", "text", "品类", column=True),
    Property("brand", "text", "品牌"),
    Property("price", "money", "单价", column=True),
    Property("quantity", "number", "数量"),
)
_LIST = (
    Property("list_id", "text", "列表编号"),
    Property("category", "text", "品类", column=True),
    Property("products", "list", "商品"),
)
_CART = (
    Property("cart_id", "text", "购物车编号"),
    Property("amount", "money", "金额", column=True),
    Property("items", "number", "件数"),
    Property("category", "text", "品类", column=True),
    Property("products", "list", "商品"),
)
_COUPON = (
    Property("coupon", "text", "优惠券", column=True),
    Property("order_id", "text", "订单号"),
    Property("discount", "money", "优惠金额", column=True),
)
_PROMOTION = (
    Property("promotion_id", "text", "活动位编号", column=True),
    Property("name", "text", "活动位名称"),
    Property("position", "text", "位置"),
)
_STEP = (
    Property("checkout_id", "text", "结算编号"),
    Property("step", "number", "第几步"),
    Property("payment_method", "text", "支付方式"),
    Property("shipping_method", "text", "配送方式"),
)
_PAGE = (
    Property("name", "text", "页面名称", column=True),
    Property("category", "text", "页面分类"),
    Property("path", "text", "路径"),
    Property("url", "text", "网址"),
    Property("title", "text", "标题"),
    Property("referrer", "text", "来源网址"),
)

_reported = partial(FactType, reporter="source", internal=False)

OFFERS = (
    FactType("customer_identified", "登记身份", "id", internal=False),
    FactType("identity_aliased", "身份关联", "link", internal=False),
    FactType(
        "organisation_joined", "加入组织", "users-group", (Property("group_id", "text", "组织编号"),), internal=False
    ),
    _reported(
        "customer_registered",
        "注册",
        "login",
        (Property("method", "text", "注册方式", column=True), Property("type", "text", "账户类型")),
    ),
    _reported("customer_signed_in", "登录", "login", (Property("method", "text", "登录方式"),)),
    _reported("customer_signed_out", "退出登录", "logout"),
    _reported("page_viewed", "浏览页面", "eye", _PAGE),
    _reported("screen_viewed", "浏览应用界面", "eye", (Property("name", "text", "界面名称", column=True),)),
    _reported(
        "products_searched", "搜索商品", "search", (Property("query", "text", "搜索词", column=True, spoken=True),)
    ),
    _reported("product_list_viewed", "浏览商品列表", "eye", _LIST),
    _reported("product_list_filtered", "筛选商品列表", "eye", _LIST),
    _reported("promotion_viewed", "看到活动位", "speakerphone", _PROMOTION),
    _reported("promotion_clicked", "点击活动位", "speakerphone", _PROMOTION),
    _reported("product_clicked", "点击商品", "eye", _PRODUCT),
    _reported("product_viewed", "浏览商品", "eye", _PRODUCT),
    _reported("cart_added", "加入购物车", "shopping-cart", _PRODUCT),
    _reported("cart_removed", "移出购物车", "shopping-cart", _PRODUCT),
    _reported("cart_viewed", "查看购物车", "shopping-cart", _CART),
    _reported("checkout_started", "开始结算", "credit-card", _CART),
    _reported("checkout_step_viewed", "查看结算步骤", "credit-card", _STEP),
    _reported("checkout_step_completed", "完成结算步骤", "credit-card", _STEP),
    _reported("payment_info_entered", "填写支付信息", "credit-card", _STEP),
    _reported("coupon_entered", "输入优惠券", "ticket", _COUPON),
    _reported("coupon_applied", "优惠券生效", "ticket", _COUPON),
    _reported("coupon_denied", "优惠券被拒", "ticket", (*_COUPON, Property("reason", "text", "原因"))),
    _reported("coupon_removed", "取消优惠券", "ticket", _COUPON),
    _reported("wishlist_added", "加入收藏", "heart", _PRODUCT),
    _reported("wishlist_removed", "取消收藏", "heart", _PRODUCT),
    _reported("wishlist_carted", "收藏加入购物车", "heart", _PRODUCT),
    _reported("product_shared", "分享商品", "share", _PRODUCT),
    _reported("cart_shared", "分享购物车", "share"),
    _reported(
        "product_reviewed",
        "评价商品",
        "star",
        (
            Property("product_id", "text", "商品编号", column=True),
            Property("rating", "number", "评分", column=True),
            Property("review_body", "text", "评价内容"),
        ),
    ),
)
