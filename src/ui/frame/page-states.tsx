import { Link } from '@tanstack/react-router'
import { Empty, Problem } from '../components/states.tsx'
import { Page } from './page.tsx'

export const NotFound = () => (
  <Page title="Not found">
    <Empty title="There is nothing at this address">
      <p>
        It may have been archived, or the link is cut. <Link to="/traces">Go to the traces</Link>.
      </p>
    </Empty>
  </Page>
)

export const PageProblem = ({ error, retry }: { error: unknown; retry: () => void }) => (
  <div className="page-body padded">
    <Problem error={error} retry={retry} />
  </div>
)
