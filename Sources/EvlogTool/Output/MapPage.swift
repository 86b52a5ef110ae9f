import Replay

/// A map as a page that needs nothing but a browser.
enum MapPage {
  static func html(of map: JSONValue, title: String) -> String {
    // Inside of a script nothing may look like its end.
    let data = map.canonicalText.replacing("<", with: "\\u003c")
    let name = title.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    return """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(name): regions and events</title>
      <style>
        :root { color-scheme: light dark; --text: #1c2430; --soft: #66707f; --line: #d9dee6; --back: #fbfcfe;
          --confirmed: #cfe9d6; --claimed: #fbe7b5; --deviation: #f8c79a; --ignored: #e6e9ee; --lie: #f2a7a7;
          --guarded: #d5e0f3; --broken: #ea8f8f; --surprise: #ecc3ec; }
        @media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --soft: #95a0b0; --line: #343c48;
          --back: #14181e; --confirmed: #24503a; --claimed: #5c4c1c; --deviation: #6b4423; --ignored: #2b323c;
          --lie: #702f2f; --guarded: #27395c; --broken: #8c2f2f; --surprise: #5c315c; } }
        body { margin: 2rem auto; max-width: 78rem; padding: 0 1.5rem; background: var(--back); color: var(--text);
          font: 15px/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.35rem; margin: 0; } p { color: var(--soft); margin: .3rem 0 1.2rem; }
        .sum { display: flex; flex-wrap: wrap; gap: .5rem; margin-bottom: 1.2rem; }
        .sum button { border: 1px solid var(--line); border-radius: 999px; padding: .15rem .8rem; font: inherit;
          color: inherit; cursor: pointer; } .sum button[aria-pressed=true] { outline: 2px solid var(--text); }
        .frame { overflow-x: auto; } table { border-collapse: separate; border-spacing: 3px; }
        th { font-weight: 500; text-align: left; padding: .3rem .5rem; white-space: nowrap; }
        thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; }
        td { min-width: 3.4rem; height: 2.3rem; border-radius: 6px; text-align: center; cursor: pointer;
          font-variant-numeric: tabular-nums; border: 1px solid transparent; }
        td:focus-visible { outline: 2px solid var(--text); } td.faint { opacity: .15; }
        .unknown { background: repeating-linear-gradient(45deg, var(--line) 0 2px, transparent 2px 8px);
          border-color: var(--line); }
        \(marks.map { ".\($0) { background: var(--\($0)); }" }.joined(separator: " "))
        #cell { margin-top: 1.2rem; border-top: 1px solid var(--line); padding-top: .8rem; min-height: 6rem; }
        #cell b { font-size: 1.05rem; } .soft { color: var(--soft); }
      </style>
      <h1>\(name)</h1>
      <p id="head"></p>
      <div class="sum" id="sum"></div>
      <div class="frame"><table id="map"></table></div>
      <div id="cell" class="soft">A cell says what came of an event type in a region. Choose one.</div>
      <script>
        const map = \(data);
        const words = { confirmed: "allowed, seen, and it led where it should",
          claimed: "allowed, never seen", deviation: "allowed, and it led elsewhere",
          ignored: "declared to change nothing", lie: "declared to change nothing, and it changed something",
          guarded: "forbidden, never seen", broken: "forbidden, and seen",
          surprise: "seen, and nothing is declared", unknown: "not seen, and nothing is declared" };
        const number = n => n.toLocaleString("en");
        const make = (tag, text, kind) => {
          const e = document.createElement(tag);
          if (text !== undefined) e.textContent = text;
          if (kind) e.className = kind;
          return e;
        };
        const unknown = map.counts.unknown, share = map.cells.length ? 100 * unknown / map.cells.length : 0;
        document.getElementById("head").textContent =
          `${map.regions.length} regions × ${map.types.length} types, ${number(map.events)} events up to cut `
          + `${number(map.cut)}; ${share.toFixed(1)} % of the cells are unknown`;
        const cells = [];
        let chosen = null;
        for (const [mark, count] of Object.entries(map.counts)) {
          if (count === 0) continue;
          const button = make("button", `${mark} ${number(count)}`, mark);
          button.title = words[mark];
          button.setAttribute("aria-pressed", "false");
          button.onclick = () => {
            chosen = chosen === mark ? null : mark;
            for (const b of document.querySelectorAll("#sum button"))
              b.setAttribute("aria-pressed", String(chosen !== null && b === button));
            for (const [td, cell] of cells) td.classList.toggle("faint", chosen !== null && cell.mark !== chosen);
          };
          document.getElementById("sum").append(button);
        }
        const table = document.getElementById("map"), top = make("tr");
        top.append(make("th"));
        for (const type of map.types) top.append(make("th", type));
        const head = make("thead");
        head.append(top);
        table.append(head);
        const exposure = new Map(map.regions.map(r => [r.name, r.exposure]));
        const at = new Map(map.cells.map(c => [JSON.stringify([c.region, c.type]), c]));
        for (const region of map.regions) {
          const row = make("tr");
          row.append(make("th", region.name));
          for (const type of map.types) {
            const cell = at.get(JSON.stringify([region.name, type]));
            const td = make("td", cell.events ? number(cell.events) : "", cell.mark);
            td.tabIndex = 0;
            td.title = `${region.name} × ${type}: ${words[cell.mark]}`;
            td.onclick = td.onfocus = () => show(cell);
            cells.push([td, cell]);
            row.append(td);
          }
          table.append(row);
        }
        function show(cell) {
          const box = document.getElementById("cell");
          box.className = "";
          box.replaceChildren(make("b", `${cell.region} × ${cell.type}`), make("div", `${cell.mark}: ${words[cell.mark]}`));
          const line = text => box.append(make("div", text, "soft"));
          if (cell.declared !== null)
            line("declared: " + (Array.isArray(cell.declared) ? "leads to " + cell.declared.join(", ") : cell.declared));
          if (cell.events) {
            line(`came ${number(cell.events)} times, from offset ${number(cell.first)} to ${number(cell.last)}`);
            for (const t of cell.targets)
              line(`led ${number(t.events)} times to ${t.region}, first at offset ${number(t.first)}`);
            if (cell.firstWrong !== null) line(`not as declared first at offset ${number(cell.firstWrong)}`);
          } else {
            const n = exposure.get(cell.region);
            line(n === 0 ? "no event ever came in this region"
              : `never among ${number(n)} events in this region` + (n > 3 ? `: less than ${(300 / n).toPrecision(2)} % of them` : ""));
          }
        }
      </script>
      </html>

      """
  }

  private static let marks = [
    "confirmed", "claimed", "deviation", "ignored", "lie", "guarded", "broken", "surprise",
  ]
}
