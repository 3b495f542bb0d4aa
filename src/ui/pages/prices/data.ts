import type { listModelPrices } from '../../../api/model-prices/contract.ts'
import type { AnswerOf } from '../../client/call.ts'
import { queryClient } from '../../client/query.ts'

export type PricePage = AnswerOf<typeof listModelPrices>
export type Price = PricePage['prices'][number]

export const PRICES_KEY = 'model-prices'
export const renewPrices = () => queryClient.invalidateQueries({ queryKey: [PRICES_KEY] })
