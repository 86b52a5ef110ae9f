import EvlogJSON

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
        :root { color-scheme: light dark; --text: #1c2430; --soft: #5c6675; --line: #c9d0da; --back: #fbfcfe;
          --confirmed: #cfe9d6; --claimed: #fbe7b5; --deviation: #f8c79a; --ignored: #e6e9ee; --lie: #f2a7a7;
          --guarded: #d5e0f3; --broken: #ea8f8f; --surprise: #ecc3ec; }
        @media (prefers-color-scheme: dark) { :root { --text: #e4e8ee; --soft: #a2acba; --line: #414b59;
          --back: #14181e; --confirmed: #24503a; --claimed: #5c4c1c; --deviation: #6b4423; --ignored: #2b323c;
          --lie: #702f2f; --guarded: #27395c; --broken: #8c2f2f; --surprise: #5c315c; } }
        body { margin: 2rem auto; max-width: 78rem; padding: 0 1.5rem; background: var(--back); color: var(--text);
          font: 15px/1.5 system-ui, sans-serif; }
        h1 { font-size: 1.35rem; margin: 0; overflow-wrap: anywhere; } p { color: var(--soft); margin: .3rem 0 1.2rem; }
        #legend { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr));
          gap: .35rem 1.2rem; margin: 0 0 1.2rem; padding: 0; list-style: none; }
        #legend li { display: flex; gap: .6rem; align-items: baseline; }
        button { border: 1px solid var(--line); border-radius: 6px; padding: .1rem .6rem; font: inherit;
          color: inherit; background: none; cursor: pointer; white-space: nowrap; }
        button[aria-pressed=true] { outline: 2px solid var(--text); }
        #frame { overflow: auto; max-height: 75vh; } table { border-collapse: separate; border-spacing: 3px; }
        th { font-weight: 500; text-align: left; padding: .3rem .5rem; white-space: nowrap; background: var(--back);
          position: sticky; left: 0; max-width: min(16rem, 40vw); overflow: hidden; text-overflow: ellipsis; }
        thead th { top: 0; left: auto; vertical-align: bottom; max-width: none; z-index: 1; }
        thead th:first-child { left: 0; z-index: 2; }
        thead span { display: block; writing-mode: vertical-rl; transform: rotate(180deg); max-height: 14rem;
          overflow: hidden; text-overflow: ellipsis; }
        td { min-width: 3.4rem; height: 2.3rem; padding: 0 .3rem; border-radius: 6px; text-align: center; cursor: pointer;
          white-space: nowrap; font-variant-numeric: tabular-nums; border: 1px solid transparent; }
        td:focus-visible, td.chosen { outline: 2px solid var(--text); } td.faint { opacity: .15; }
        .unknown { background: repeating-linear-gradient(45deg, var(--line) 0 2px, transparent 2px 8px);
          border-color: var(--line); }
        \(marks.map { ".\($0) { background: var(--\($0)); }" }.joined(separator: " "))
        #cell { margin-top: 1.2rem; border-top: 1px solid var(--line); padding-top: .8rem; min-height: 9rem;
          overflow-wrap: anywhere; }
        #cell b { font-size: 1.05rem; } .soft { color: var(--soft); }
      </style>
      <h1>\(name)</h1>
      <p id="head"></p>
      <ul id="legend"></ul>
      <div id="frame"><table id="map"></table></div>
      <p id="more"></p>
      <div id="cell" class="soft" aria-live="polite">A cell says what came of an event type in a region. Choose one.</div>
      <script>
      // In a block, so that no name is one that the window has already.
      {
        const map = \(data);
        // By mark: the sign that says it without a colour, and what it means.
        const marks = { confirmed: ["✓", "allowed, seen, and it led where it should"],
          claimed: ["○", "allowed, never seen"], deviation: ["↷", "allowed, and it led elsewhere"],
          ignored: ["–", "declared to change nothing"],
          lie: ["≠", "declared to change nothing, and it changed something"],
          guarded: ["⊘", "forbidden, never seen"], broken: ["✗", "forbidden, and seen"],
          surprise: ["!", "seen, and nothing is declared"], unknown: ["?", "not seen, and nothing is declared"] };
        const mostRows = 200;
        const number = n => n.toLocaleString("en");
        const byID = id => document.getElementById(id);
        const make = (tag, text, kind) => {
          const e = document.createElement(tag);
          if (text !== undefined) e.textContent = text;
          if (kind) e.className = kind;
          return e;
        };
        const unknown = map.counts.unknown, share = map.cells.length ? 100 * unknown / map.cells.length : 0;
        byID("head").textContent =
          `${number(map.regions.length)} regions × ${number(map.types.length)} types, ${number(map.events)} events `
          + `up to cut ${number(map.cut)}; ${share.toFixed(1)} % of the cells are unknown`;
        let wanted = null, chosen = null;
        const fade = td => td.classList.toggle("faint", wanted !== null && !td.classList.contains(wanted));
        for (const [mark, count] of Object.entries(map.counts)) {
          if (count === 0) continue;
          const [sign, words] = marks[mark];
          const button = make("button", `${sign} ${mark} ${number(count)}`, mark), item = make("li");
          button.setAttribute("aria-pressed", "false");
          button.onclick = () => {
            wanted = wanted === mark ? null : mark;
            for (const b of document.querySelectorAll("#legend button"))
              b.setAttribute("aria-pressed", String(wanted !== null && b === button));
            document.querySelectorAll("#map td").forEach(fade);
          };
          item.append(button, make("span", words, "soft"));
          byID("legend").append(item);
        }
        const table = byID("map"), heads = make("tr"), head = make("thead"), body = make("tbody");
        heads.append(make("th", "region"));
        for (const type of map.types) {
          const th = make("th");
          th.title = type;
          th.append(make("span", type));
          heads.append(th);
        }
        head.append(heads);
        table.append(head, body);
        const exposure = new Map(map.regions.map(r => [r.name, r.exposure]));
        const at = new Map(map.cells.map(c => [JSON.stringify([c.region, c.type]), c]));
        const cells = new Map();
        function addRows(regions) {
          for (const region of regions) {
            const row = make("tr"), th = make("th", region.name);
            th.title = region.name;
            row.append(th);
            for (const type of map.types) {
              const cell = at.get(JSON.stringify([region.name, type])), [sign, words] = marks[cell.mark];
              const td = make("td", cell.events ? `${sign} ${number(cell.events)}` : sign, cell.mark);
              td.tabIndex = 0;
              td.title = `${region.name} × ${type}: ${words}`;
              cells.set(td, cell);
              fade(td);
              row.append(td);
            }
            body.append(row);
          }
        }
        addRows(map.regions.slice(0, mostRows));
        if (map.regions.length > mostRows) {
          const button = make("button", `show ${number(map.regions.length - mostRows)} more regions`);
          button.onclick = () => { addRows(map.regions.slice(mostRows)); button.remove(); };
          byID("more").append(button);
        }
        const choose = e => {
          const td = e.target.closest("td");
          if (!td) return;
          chosen?.classList.remove("chosen");
          (chosen = td).classList.add("chosen");
          show(cells.get(td));
        };
        body.addEventListener("click", choose);
        body.addEventListener("focusin", choose);
        function show(cell) {
          const box = byID("cell"), [sign, words] = marks[cell.mark];
          box.className = "";
          box.replaceChildren(make("b", `${cell.region} × ${cell.type}`), make("div", `${sign} ${cell.mark}: ${words}`));
          const line = text => box.append(make("div", text, "soft"));
          if (cell.declared !== null)
            line("declared: " + (Array.isArray(cell.declared) ? "leads to " + cell.declared.join(", ") : cell.declared));
          const times = n => n === 1 ? "once" : `${number(n)} times`;
          if (cell.events) {
            line(cell.events === 1 ? `came once, at offset ${number(cell.first)}`
              : `came ${times(cell.events)}, from offset ${number(cell.first)} to ${number(cell.last)}`);
            for (const t of cell.targets)
              line(`led ${times(t.events)} to ${t.region}, first at offset ${number(t.first)}`);
            if (cell.firstWrong !== null) line(`not as declared first at offset ${number(cell.firstWrong)}`);
          } else {
            const n = exposure.get(cell.region);
            line(n === 0 ? "no event ever occurred in this region"
              : `never among ${number(n)} events in this region` + (n > 3 ? `: less than ${(300 / n).toPrecision(2)} % of them` : ""));
          }
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
