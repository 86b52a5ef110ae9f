package import EvlogCore

/// What is kept of each key, by key.
///
/// Keys are looked up in a table of numbers, which is compiled for what it holds; a dictionary of the values
/// would be generic code, slow where a single event is reduced.
package struct CellTable<Cell: Sendable>: Sendable {
  private var places: [Name: Int] = [:]
  package private(set) var keys: [Name] = []
  package var values: [Cell] = []

  package init() {}

  /// Where a key's cell is; places do not change.
  package func place(of key: Name) -> Int? { places[key] }

  package subscript(key: Name) -> Cell? {
    guard let place = places[key] else { return nil }
    return values[place]
  }

  /// Puts a cell in the place of the key's, or in a new one; where it is.
  @discardableResult
  package mutating func put(_ cell: Cell, of key: Name) -> Int {
    if let place = places[key] {
      values[place] = cell
      return place
    }
    places[key] = keys.count
    keys.append(key)
    values.append(cell)
    return keys.count - 1
  }

  /// The places in the order of their keys.
  package var sortedPlaces: [Int] { keys.indices.sorted { keys[$0] < keys[$1] } }
}
