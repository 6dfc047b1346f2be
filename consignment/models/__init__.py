from consignment.models.contracts import Contract, ContractBrand, ContractCover, ContractShop, ContractVersion
from consignment.models.partners import Partner, PartnerBrand, PartnerUser
from consignment.models.statements import LineDispute, Statement, StatementLine

__all__ = [
    "Contract",
    "ContractBrand",
    "ContractCover",
    "ContractShop",
    "ContractVersion",
    "LineDispute",
    "Partner",
    "PartnerBrand",
    "PartnerUser",
    "Statement",
    "StatementLine",
]
