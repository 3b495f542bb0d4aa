/** What the explorer's own properties do not reach: quieter lines in its menu, our weights, a focus ring. */
export const INNER_STYLE = `
  .nav-bar.focused, .nav-scroll { border-top: 0; }
  .nav-bar > div:first-of-type { padding: 12px !important; border-bottom: 1px solid var(--light-border-color); }
  #nav-bar-search { border-color: var(--border-color) !important; background: var(--input-bg) !important; }
  .m-btn { border-width: 1px; box-shadow: none; font-weight: var(--strong); }
  .m-btn.primary:hover, .m-btn.primary:focus-visible { color: var(--primary-btn-text-color); }
  .m-btn.outline-primary { border: 0; background: none; }
  .nav-bar-info { padding: 8px 12px; font-weight: var(--strong); }
  .nav-bar-section { padding: 12px 12px 4px; border-bottom: 0; font-size: 12px; font-weight: var(--normal); }
  .nav-bar-section-title { text-transform: none !important; }
  .nav-bar-tag { padding: 6px 12px; color: var(--fg); font-weight: var(--strong); }
  .nav-bar-path { font-size: 13px; }
  .nav-bar-info, .nav-bar-tag, .nav-bar-path, .nav-bar-h1, .nav-bar-h2 { border-left-width: 2px !important; }
  .toggle { font-size: 12px; }
  .sub-title { text-transform: none !important; font-size: 16px; font-weight: var(--strong); }
  .title { font-size: 20px; font-weight: var(--strong); }
  .tag.title { margin-bottom: 4px; color: var(--fg3); font-size: 13px; font-weight: var(--normal); }
  .req-res-title { text-transform: none; font-size: 16px; font-weight: var(--strong); }
  #api-title { font-size: 20px !important; font-weight: var(--strong); }
  #api-title span { color: var(--fg3); font-weight: var(--normal) !important; }
  .method { font-weight: var(--strong); border-radius: 4px; }
  :focus-visible { outline: 2px solid var(--primary-color) !important; outline-offset: -2px; }
`
