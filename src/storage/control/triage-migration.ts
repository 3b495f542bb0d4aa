/**
 * Clusters of failures are derived (`storage/analytics`); only what people decided of them is here. An hour's anomaly is reported once.
 */
export const TRIAGE = `
CREATE TABLE failure_decisions (
  tenant_id TEXT NOT NULL,
  signature TEXT NOT NULL,
  status TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  decided_by TEXT NOT NULL,
  PRIMARY KEY (tenant_id, signature)
) STRICT, WITHOUT ROWID;

CREATE TABLE anomalies (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  project_id TEXT NOT NULL,
  type TEXT NOT NULL,
  severity TEXT NOT NULL,
  description TEXT NOT NULL,
  trace_id TEXT,
  bucket_at INTEGER NOT NULL,
  detected_at INTEGER NOT NULL,
  metadata TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX anomalies_once ON anomalies (project_id, type, bucket_at);
CREATE INDEX anomalies_detected ON anomalies (tenant_id, detected_at, id);
`
