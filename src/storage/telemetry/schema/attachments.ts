/**
 * reported_below   bits of what the spans below a span report: what it repeats is not counted again (see `usage-tree.ts`)
 * awaited_spans    spans that have not come yet and whose children have, with what those report
 * attachments      images, sounds and files of messages, each once for a tenant by the SHA-256 of its bytes (hex), which is its id
 * attachment_uses  which traces show an attachment; it goes with the last of them
 */
export const ATTACHMENTS = `
ALTER TABLE spans ADD COLUMN reported_below INTEGER;
CREATE TABLE awaited_spans (key INTEGER PRIMARY KEY, trace INTEGER NOT NULL, span_id TEXT NOT NULL, below INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX awaited_spans_id ON awaited_spans (trace, span_id);

CREATE TABLE attachments (
  key INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX attachments_id ON attachments (tenant, id);
CREATE TABLE attachment_bodies (key INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE attachment_uses (key INTEGER PRIMARY KEY, trace INTEGER NOT NULL, attachment INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX attachment_uses_trace ON attachment_uses (trace, attachment);
CREATE INDEX attachment_uses_attachment ON attachment_uses (attachment);
CREATE TRIGGER attachment_unused AFTER DELETE ON attachment_uses
WHEN NOT EXISTS (SELECT 1 FROM attachment_uses WHERE attachment = old.attachment)
BEGIN
  DELETE FROM attachment_bodies WHERE key = old.attachment;
  DELETE FROM attachments WHERE key = old.attachment;
END;
`
