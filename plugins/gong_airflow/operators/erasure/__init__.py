"""The erasure of a person: looking up, a person's approval, telling Gong, waiting until it is done."""

from gong_airflow.operators.erasure.approve import ApproveErasureOperator
from gong_airflow.operators.erasure.erase import GongEraseOperator
from gong_airflow.operators.erasure.look_up import GongLookUpPersonOperator
from gong_airflow.operators.erasure.verify import GongVerifyErasureOperator

__all__ = [
    "ApproveErasureOperator",
    "GongEraseOperator",
    "GongLookUpPersonOperator",
    "GongVerifyErasureOperator",
]
