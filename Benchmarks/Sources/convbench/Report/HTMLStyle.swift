/// The page's look: Okabe and Ito's colours, told apart by colour-blind readers, lighter on dark.
enum HTMLStyle {
  static let sheet: HTML = """
    :root {
      color-scheme: light dark;
      --paper: #fbfbf9; --card: #ffffff; --ink: #1c1e21; --quiet: #5d636b; --rule: #e2e3e0;
      --pointwise: #5f6772; --depthwise: #0072b2; --shift: #d55e00; --interleaved: #009e73;
      --window: #b0669a; --binary: #b8860b; --other: #9a9a9a;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #14161a; --card: #1c1f24; --ink: #e7e8ea; --quiet: #9da4ae; --rule: #31353c;
        --pointwise: #aab2bd; --depthwise: #56b4e9; --shift: #ee8a3c; --interleaved: #2dc49a;
        --window: #dc9bc8; --binary: #e6b84a; --other: #8b8b8b;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 32px 24px 64px; max-width: 1180px;
      background: var(--paper); color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
    }
    h1 { margin: 0 0 4px; font-size: 28px; line-height: 1.2; letter-spacing: -0.01em; }
    h2 { margin: 56px 0 8px; font-size: 21px; }
    h3 { margin: 24px 0 12px; font-size: 16px; }
    h4 { margin: 0 0 8px; font-size: 14px; display: flex; flex-wrap: wrap; column-gap: 12px;
      justify-content: space-between; align-items: baseline; }
    small, .machine, .unit, .network p { color: var(--quiet); }
    small { font-size: 12px; font-weight: 400; }
    p { margin: 0 0 12px; max-width: 75ch; }
    .machine { max-width: none; }
    .lead { margin-top: 20px; font-size: 17px; }
    .legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 12px 0; padding: 0;
      list-style: none; font-size: 13px; }
    .legend li { display: flex; align-items: center; gap: 6px; cursor: default; }
    .cards { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
    .card, .networks, .roofline { background: var(--card); border: 1px solid var(--rule);
      border-radius: 8px; padding: 14px 16px; }
    .wide { grid-column: 1 / -1; }

    .bar { display: grid; grid-template-columns: 138px minmax(0, 1fr) 66px 46px;
      column-gap: 10px; align-items: center; height: 22px; font-size: 13px; }
    .wide .bar { grid-template-columns: 138px minmax(0, 1fr) 60px 110px; }
    .peers .bar { grid-template-columns: 138px minmax(0, 1fr) 46px 98px; height: 26px; }
    .peers .axis { height: 18px; }
    .bar svg { grid-column: 2; width: 100%; height: 22px; overflow: visible; }
    .peers .bar > svg { height: 26px; }
    .bar.axis { height: 18px; }
    .bar.axis svg { height: 18px; }
    .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .figure { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
    .figure:last-child { color: var(--quiet); }

    .pointwise { --hue: var(--pointwise); } .depthwise { --hue: var(--depthwise); }
    .shift { --hue: var(--shift); } .interleaved { --hue: var(--interleaved); }
    .window { --hue: var(--window); } .binary { --hue: var(--binary); } .other { --hue: var(--other); }
    .library0 { --hue: var(--shift); } .library1 { --hue: var(--depthwise); }
    .library2 { --hue: var(--interleaved); } .library3 { --hue: var(--window); }
    .library4 { --hue: var(--pointwise); } .library5 { --hue: var(--binary); }
    .library6 { --hue: var(--other); }
    svg { display: block; overflow: visible; }
    svg text { fill: var(--quiet); font-size: 11px; }
    .axis text { text-anchor: middle; }
    path, .fill, .stop { fill: var(--hue); }
    .fill { opacity: 0.62; }
    .stop { transform: translateX(-1.5px); }
    .spread { stroke: var(--ink); stroke-width: 1; opacity: 0.75; }
    .grid { stroke: var(--rule); }
    .origin { stroke: var(--quiet); }

    .roofline { margin: 0 0 16px; }
    .roofline figcaption h3 { margin: 0 0 4px; }
    .roofline > svg { width: calc(100% - 56px); margin: 0 16px 26px 40px; }
    .roof { stroke: var(--ink); stroke-width: 1.5; }
    .roof.copy { stroke-dasharray: 5 4; }
    svg text.roof { stroke: none; fill: var(--ink); font-size: 12px; }
    .mark path { stroke: var(--card); stroke-width: 1; }
    .mark:hover path { stroke: var(--ink); }
    .bar svg.mark { width: 1px; height: 1px; }
    .remark { margin: 16px 0; }
    .unit { margin: 0 0 6px; font-size: 12px; }
    .across { margin: 0 16px 6px 0; text-align: right; max-width: none; }

    .networks { padding: 0 16px; }
    .network { display: grid; grid-template-columns: 190px minmax(0, 1fr); gap: 4px 20px;
      padding: 14px 0; }
    .network + .network { border-top: 1px solid var(--rule); }
    .network h3 { margin: 0; }
    .network p { margin: 0; font-size: 13px; }
    .network .bar { grid-template-columns: 66px minmax(0, 1fr) 66px 46px; }
    .network details { grid-column: 1 / -1; min-width: 0; }
    details { font-size: 13px; }
    caption { text-align: left; padding: 14px 0 4px; font-weight: 600; }
    dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 16px;
      margin: 8px 0 16px; }
    dd { margin: 0; color: var(--quiet); }
    summary { color: var(--quiet); cursor: pointer; }

    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums;
      width: 100%; }
    th { text-align: left; vertical-align: bottom; font-weight: 600; color: var(--quiet);
      border-bottom: 1px solid var(--quiet); }
    th, td { padding: 3px 8px; }
    td { white-space: nowrap; }
    th:first-child, td:first-child { padding-left: 0; }
    tbody tr:hover { background: var(--rule); }
    .begins td { border-top: 1px solid var(--rule); padding-top: 5px; }
    .number { text-align: right; }
    td.range { color: var(--quiet); padding-left: 0; }
    th.range { padding-left: 0; white-space: nowrap; }
    th:last-child, td:last-child { padding-right: 0; }

    @media (max-width: 760px) {
      body { padding: 20px 14px 40px; }
      h1 { font-size: 23px; }
      .cards, .network { grid-template-columns: minmax(0, 1fr); }
      .bar, .wide .bar, .network .bar, .peers .bar { height: auto;
        grid-template-columns: minmax(0, 1fr) auto auto; }
      .bar svg { grid-column: 1 / -1; grid-row: 2; }
      .bar.axis svg { grid-row: 1; }
    }

    """

  /// Pointing at a name of a legend dims the other operators' marks.
  static func highlights(operators: Int) -> HTML {
    let rules = (0..<operators).map { index -> HTML in
      ".roofline:has(li.key\(index):hover) .mark:not(.key\(index)) { opacity: 0.1; }\n"
    }
    return "\(rules)"
  }
}
