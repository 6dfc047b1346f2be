"""What buyers write on their orders and what the agency writes into its papers."""

from __future__ import annotations

REMARKS = (
    "发顺丰", "不要放丰巢", "发顺丰，邮费补差价", "不要放丰巢，送货上门", "送货前请电话联系", "工作日送，周末没人收",
    "放门卫就行", "送人的，不要放价格单", "尽快发货，急用", "包装严实一点，上次压坏了", "请放代写贺卡：生日快乐",
    "尺码拿不准，178/70穿L可以吗", "多给两个小样，谢谢", "别发韵达", "晚两天发，出差",
    "地址改成公司前台", "麻烦拍个发货视频",
)  # fmt: skip

UNPAID_REASON = "超时未付款，系统关闭"
BACK_BEFORE_REASON = "买家未发货仅退款"
CANCEL_REASONS = {"before": BACK_BEFORE_REASON, "intercept": "买家申请退款，快递拦截退回"}
