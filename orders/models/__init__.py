from orders.models.orders import LineComponent, LineDiscount, Order, OrderLine, Refund, Shipment
from orders.models.shops import Customer, Shop, ShopWarehouse

__all__ = [
    "Customer",
    "LineComponent",
    "LineDiscount",
    "Order",
    "OrderLine",
    "Refund",
    "Shipment",
    "Shop",
    "ShopWarehouse",
]
