export interface Target {
  /** Where this appliance is, without a slash at the end. */
  base: string
  key: string
}

/** One trace of one call, in each way complete: paste it and it runs. */
export type Snippet = (target: Target) => string

/** The server's own command line, an option and a field a line. It is the same command. */
export const curl = (command: string): string =>
  command
    .replace(/ (?=-[Hd] ["'])/g, ' \\\n  ')
    .replace(/(?<=-d ')\{.*\}(?='$)/, (body) => JSON.stringify(JSON.parse(body), null, 2))

/** Node, Deno, Bun, a worker: whatever has `fetch`; nothing to install. Also runs as plain JavaScript. */
export const typescript: Snippet = ({ base, key }) => `const started = Date.now()
const question = 'What is the answer?'
const answer = '42' // … call the model here …

const response = await fetch('${base}/v1/ingest', {
  method: 'POST',
  headers: { Authorization: 'Bearer ${key}', 'Content-Type': 'application/json' },
  body: JSON.stringify({
    name: 'first question',
    input: question,
    output: answer,
    spans: [
      {
        name: 'chat gpt-4o-mini',
        type: 'llm',
        model: 'gpt-4o-mini',
        input: [{ role: 'user', content: question }],
        output: [{ role: 'assistant', content: answer }],
        prompt_tokens: 12,
        completion_tokens: 1,
        start_time: new Date(started).toISOString(),
        end_time: new Date().toISOString(),
      },
    ],
  }),
})
console.log(await response.json())
`

/** The standard library alone. */
export const python: Snippet = ({ base, key }) => `import json
import urllib.request
from datetime import datetime, timezone

started = datetime.now(timezone.utc)
question = "What is the answer?"
answer = "42"  # … call the model here …

trace = {
    "name": "first question",
    "input": question,
    "output": answer,
    "spans": [
        {
            "name": "chat gpt-4o-mini",
            "type": "llm",
            "model": "gpt-4o-mini",
            "input": [{"role": "user", "content": question}],
            "output": [{"role": "assistant", "content": answer}],
            "prompt_tokens": 12,
            "completion_tokens": 1,
            "start_time": started.isoformat(),
            "end_time": datetime.now(timezone.utc).isoformat(),
        }
    ],
}
request = urllib.request.Request(
    "${base}/v1/ingest",
    data=json.dumps(trace).encode(),
    headers={"Authorization": "Bearer ${key}", "Content-Type": "application/json"},
)
print(urllib.request.urlopen(request).read().decode())
`

/** The standard library alone. */
export const go: Snippet = ({ base, key }) => `package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

func main() {
	started := time.Now()
	question, answer := "What is the answer?", "42" // … call the model here …

	body, _ := json.Marshal(map[string]any{
		"name": "first question", "input": question, "output": answer,
		"spans": []map[string]any{{
			"name": "chat gpt-4o-mini", "type": "llm", "model": "gpt-4o-mini",
			"input":         []map[string]string{{"role": "user", "content": question}},
			"output":        []map[string]string{{"role": "assistant", "content": answer}},
			"prompt_tokens": 12, "completion_tokens": 1,
			"start_time": started.UTC(), "end_time": time.Now().UTC(),
		}},
	})
	request, _ := http.NewRequest("POST", "${base}/v1/ingest", bytes.NewReader(body))
	request.Header.Set("Authorization", "Bearer ${key}")
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	fmt.Println(response.Status)
}
`

/** An application that speaks OpenTelemetry needs the two variables; below them, a span by hand. Also runs as plain JavaScript. */
export const otel: Snippet = ({ base, key }) => `// An instrumented application needs no code, only its environment:
//   OTEL_EXPORTER_OTLP_ENDPOINT=${base}
//   OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer ${key}"
//   OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf
//
// And this sends one span by hand:
// npm install @opentelemetry/sdk-trace-node @opentelemetry/exporter-trace-otlp-proto
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node'

const exporter = new OTLPTraceExporter({
  url: '${base}/v1/traces',
  headers: { Authorization: 'Bearer ${key}' },
})
const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] })
const tracer = provider.getTracer('my-app')

const span = tracer.startSpan('chat gpt-4o-mini', {
  attributes: {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o-mini',
    'gen_ai.input.messages': JSON.stringify([
      { role: 'user', parts: [{ type: 'text', content: 'What is the answer?' }] },
    ]),
  },
})
// … call the model here …
span.setAttributes({
  'gen_ai.output.messages': JSON.stringify([
    { role: 'assistant', parts: [{ type: 'text', content: '42' }] },
  ]),
  'gen_ai.usage.input_tokens': 12,
  'gen_ai.usage.output_tokens': 1,
})
span.end()

await provider.shutdown() // sends what is left
`
