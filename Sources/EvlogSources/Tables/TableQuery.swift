/// What is read of a database: a query, and the column that orders its rows.
package struct TableQuery: Sendable {
  package let text: String
  /// As it was named; nil where the query itself is to name it.
  private let order: String?

  /// Something about a query that cannot be.
  package struct Invalid: Error, CustomStringConvertible {
    package let description: String
  }

  /// Without an order, the query must end with `order by` and a column.
  package init(_ text: String, order: String? = nil) {
    var text = text
    while let last = text.last, last.isWhitespace || last == ";" { text.removeLast() }
    self.text = text
    self.order = order
  }

  /// The column of the result that orders it, if the names of the columns are these.
  package func orderColumn(_ columns: [String]) throws(Invalid) -> Int {
    guard let name = order ?? lastOrder else {
      throw Invalid(
        description:
          "The query does not end with ORDER BY and a column, so the column that orders the rows "
          + "must be named."
      )
    }
    let all = columns.joined(separator: ", ")
    for (i, column) in columns.enumerated() where columns[..<i].contains(column) {
      throw Invalid(description: "Two columns of the query have the name '\(column)'.")
    }
    if let column = columns.firstIndex(of: name) { return column }
    if let column = columns.firstIndex(where: { Self.isSame($0, name) }) { return column }
    throw Invalid(
      description: "The rows cannot be ordered by '\(name)': the query has the columns \(all).")
  }

  /// The column by which the query says that it is ordered.
  private var lastOrder: String? {
    let order = /(?i)\border\s+by\s+(?:\w+\.)?(?:"([^"]+)"|(\w+))(?:\s+asc)?$/
    guard let match = text.firstMatch(of: order) else { return nil }
    return (match.1 ?? match.2).map(String.init)
  }

  /// The query in the order of a column, from a number on and up to another.
  package func ordered(by column: String, from first: Int64? = nil, through last: Int64? = nil)
    -> String
  {
    let name = Self.quoted(column)
    let bounds = [first.map { "\(name) >= \($0)" }, last.map { "\(name) <= \($0)" }]
      .compactMap(\.self)
    return "\(subquery)\(bounds.isEmpty ? "" : " where " + bounds.joined(separator: " and "))"
      + " order by \(name)"
  }

  /// The beginning of a query over the rows.
  package var subquery: String { "select * from \(rows)" }

  /// The rows, as a part of another query. The line break ends a comment.
  package var rows: String { "(\(text)\n) as evlog_rows" }

  /// Whether two names of a column differ only in how they are written: global_index, globalIndex.
  static func isSame(_ a: String, _ b: String) -> Bool {
    a.lowercased().replacing("_", with: "") == b.lowercased().replacing("_", with: "")
  }

  package static func quoted(_ name: String) -> String {
    "\"\(name.replacing("\"", with: "\"\""))\""
  }
}
