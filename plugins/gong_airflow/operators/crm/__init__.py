"""Records of a CRM on their way into Gong: integration, schemas, files of records."""

from gong_airflow.operators.crm.delete import GongDeleteIntegrationOperator, GongWaitForDeletionOperator
from gong_airflow.operators.crm.integration import (
    GongFindIntegrationOperator,
    GongRegisterIntegrationOperator,
)
from gong_airflow.operators.crm.schema import GongSyncSchemaOperator
from gong_airflow.operators.crm.upload import GongUploadRecordsOperator
from gong_airflow.operators.crm.wait import GongWaitForRecordsOperator

__all__ = [
    "GongDeleteIntegrationOperator",
    "GongFindIntegrationOperator",
    "GongRegisterIntegrationOperator",
    "GongSyncSchemaOperator",
    "GongUploadRecordsOperator",
    "GongWaitForDeletionOperator",
    "GongWaitForRecordsOperator",
]
