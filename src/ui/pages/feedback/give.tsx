import { useMutation } from '@tanstack/react-query'
import { ThumbsDown, ThumbsUp } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { submitFeedback } from '../../../api/feedback/contract.ts'
import { call } from '../../client/call.ts'
import { queryClient } from '../../client/query.ts'
import { usePerson } from '../../client/session.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { toast, toastProblem } from '../../components/toast.ts'
import { useShortcuts } from '../../lib/shortcuts.ts'
import type { Outline } from '../trace/data.ts'

type Verdict = 'good' | 'bad'

interface Given {
  label: Verdict
  comment: string | null
}

/** Thumbs for a trace. The mark shows at once, and goes again if the server refuses it. */
export function GiveFeedback({ traceId }: { traceId: string }) {
  const { role } = usePerson()
  const [asking, setAsking] = useState<Verdict | null>(null)
  const key = ['trace', traceId]
  const give = useMutation({
    mutationFn: ({ label, comment }: Given) =>
      call<typeof submitFeedback>('post', '/v1/feedback', {
        body: { trace_id: traceId, label, ...(comment ? { comment } : {}) },
      }),
    onMutate: ({ label, comment }) => {
      const before = queryClient.getQueryData<Outline>(key)
      if (before) {
        const mine = {
          ...{
            id: 'mine',
            tenant_id: '',
            project_id: before.project_id,
            trace_id: traceId,
            attached: true,
            score: null,
          },
          ...{ label, comment, metadata: {}, created_at: new Date().toISOString() },
        }
        queryClient.setQueryData<Outline>(key, { ...before, feedback: [...(before.feedback ?? []), mine] })
      }
      return before
    },
    onError: (error, given, before) => {
      if (before) queryClient.setQueryData(key, before)
      toastProblem(error, () => give.mutate(given))
    },
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ['feedback'] })
      toast('Thank you, the feedback is kept.')
    },
  })
  const mayGive = role !== 'viewer'
  useShortcuts(
    'Trace',
    [
      { keys: '+', label: 'Good answer', run: () => setAsking('good') },
      { keys: '-', label: 'Bad answer', run: () => setAsking('bad') },
    ],
    mayGive,
  )
  if (!mayGive) return null
  return (
    <>
      <IconButton label="Good answer" keys="+" className="small" onClick={() => setAsking('good')}>
        <ThumbsUp size={14} aria-hidden="true" />
      </IconButton>
      <IconButton label="Bad answer" keys="-" className="small" onClick={() => setAsking('bad')}>
        <ThumbsDown size={14} aria-hidden="true" />
      </IconButton>
      {asking && (
        <Comment
          verdict={asking}
          close={() => setAsking(null)}
          send={(comment) => {
            give.mutate({ label: asking, comment })
            setAsking(null)
          }}
        />
      )}
    </>
  )
}

interface CommentProps {
  verdict: Verdict
  close: () => void
  send: (comment: string | null) => void
}

function Comment({ verdict, close, send }: CommentProps) {
  const [text, setText] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send(text.trim() || null)
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && close()}
      title={verdict === 'good' ? 'A good answer' : 'A bad answer'}
    >
      <form className="form" onSubmit={submit}>
        <div className="field">
          <label htmlFor="comment">Why, if you like</label>
          <textarea
            id="comment"
            rows={3}
            maxLength={10_000}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) submit(event)
            }}
          />
          <span className="hint">It is kept with the trace, and counts in the metrics.</span>
        </div>
        <Button type="submit" look="primary">
          Give feedback
        </Button>
      </form>
    </Dialog>
  )
}
