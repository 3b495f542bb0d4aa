export interface Target {
  /** Where this appliance is, without a slash at the end. */
  base: string
  key: string
}

/** The server's own command line, an option a line. It is the same command. */
export const curl = (command: string): string => command.replace(/ (?=-[Hd] ')/g, ' \\\n  ')

/** Also runs as plain JavaScript. */
export const typescript = ({
  base,
  key,
}: Target): string => `// npm install @opentelemetry/sdk-trace-node @opentelemetry/exporter-trace-otlp-proto
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

export const python = ({
  base,
  key,
}: Target): string => `# pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http
import json

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

exporter = OTLPSpanExporter(
    endpoint="${base}/v1/traces",
    headers={"Authorization": "Bearer ${key}"},
)
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(exporter))
tracer = provider.get_tracer("my-app")

with tracer.start_as_current_span("chat gpt-4o-mini") as span:
    span.set_attributes({
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.input.messages": json.dumps([
            {"role": "user", "parts": [{"type": "text", "content": "What is the answer?"}]},
        ]),
    })
    # … call the model here …
    span.set_attributes({
        "gen_ai.output.messages": json.dumps([
            {"role": "assistant", "parts": [{"type": "text", "content": "42"}]},
        ]),
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 1,
    })

provider.shutdown()  # sends what is left
`
