/**
 * session  what a conversation adds up to in one project, kept by the writer (`sessions.ts`); `term` is that of its `session_id`
 * totals   how many dead letters there are and what their payloads weigh, kept by triggers, so that nobody can forget to
 */
export const SESSIONS_AND_LETTERS = `
CREATE TABLE sessions (
  term INTEGER NOT NULL,
  project INTEGER NOT NULL,
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  traces INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  spans INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  priced INTEGER NOT NULL,
  cost REAL NOT NULL,
  PRIMARY KEY (term, project)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_last ON sessions (tenant, last_at, term, project);
INSERT INTO sessions
  SELECT o.term, t.project, t.tenant, t.session_id, min(t.started_at), max(t.started_at), count(*), count(t.error), sum(t.span_count),
    ifnull(sum(t.total_tokens), 0), count(t.cost), ifnull(sum(t.cost), 0)
  FROM terms x CROSS JOIN postings o ON o.term = x.key CROSS JOIN traces t ON t.key = o.trace
  WHERE x.name = 'session_id' GROUP BY o.term, t.project;

ALTER TABLE dead_letters ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dead_letters ADD COLUMN tried_at INTEGER;
ALTER TABLE dead_letters ADD COLUMN settled_at INTEGER;
CREATE INDEX dead_letters_open ON dead_letters (tenant, received_at, key) WHERE state = 'open';
CREATE INDEX dead_letters_settled ON dead_letters (settled_at) WHERE settled_at IS NOT NULL;
CREATE TABLE dead_letter_totals (
  tenant INTEGER NOT NULL,
  project INTEGER NOT NULL,
  letters INTEGER NOT NULL,
  open INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (tenant, project)
) STRICT, WITHOUT ROWID;
INSERT INTO dead_letter_totals
  SELECT tenant, ifnull(project, 0), count(*), sum(state = 'open'), sum(size) FROM dead_letters GROUP BY 1, 2;
CREATE TRIGGER dead_letters_came AFTER INSERT ON dead_letters BEGIN
  INSERT INTO dead_letter_totals VALUES (new.tenant, ifnull(new.project, 0), 1, new.state = 'open', new.size)
  ON CONFLICT (tenant, project) DO UPDATE SET letters = letters + 1, open = open + excluded.open, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER dead_letters_changed AFTER UPDATE OF state ON dead_letters BEGIN
  UPDATE dead_letter_totals SET open = open + (new.state = 'open') - (old.state = 'open')
  WHERE tenant = new.tenant AND project = ifnull(new.project, 0);
END;
CREATE TRIGGER dead_letters_went AFTER DELETE ON dead_letters BEGIN
  UPDATE dead_letter_totals SET letters = letters - 1, open = open - (old.state = 'open'), bytes = bytes - old.size
  WHERE tenant = old.tenant AND project = ifnull(old.project, 0);
END;
`
