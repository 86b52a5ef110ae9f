#if Postgres
  import EvlogSources

  /// Up to which row a table that others write to is whole.
  ///
  /// Numbers are drawn before their rows can be seen, so a row with a lower number may still come after one that is
  /// there. A transaction that has drawn a number holds a lock on the table or on its sequence until it ends. So
  /// rows up to the last one that was seen are whole once all have ended that held such a lock just after.
  /// The oldest running transaction id would not do: it is given out after the number, not before.
  struct PostgresTail {
    /// The last row; nil if there is none.
    let last: Int64?
    /// Whether no row can still come before it. If not, rows are whole up to the first gap.
    let isWhole: Bool

    /// Waits so long for writers to end; `settling` is for numbers that were drawn in an earlier transaction.
    init(
      of query: TableQuery, column: String, in connection: PostgresConnection, waiting: Duration,
      settling: Duration
    ) throws(SourceError) {
      try connection.begin("read committed")
      let name = TableQuery.quoted(column)
      let last = try connection.run("select max(\(name))::text from \(query.rows)").text()
      let relations = try connection.run(Self.ownRelations).text()
      try connection.run("commit")
      guard let last else {
        (self.last, isWhole) = (nil, true)
        return
      }
      guard let last = Int64(last) else {
        throw SourceError(
          connection.name,
          .malformed(
            "the rows cannot be ordered by \(name): it must be a whole number, and is '\(last)'."))
      }
      self.last = last
      if settling > .zero { try connection.run("select pg_sleep(\(settling / .seconds(1)))") }
      isWhole = try Self.wait(waiting, forWritersTo: relations ?? "", connection)
    }

    /// The tables that this transaction has read.
    private static let ownRelations = """
      select string_agg(distinct relation::text, ',') from pg_locks
      where pid = pg_backend_pid() and locktype = 'relation' and relation >= 16384
        and database = (select oid from pg_database where datname = current_database())
      """

    /// Those who write to tables or draw numbers for them.
    private static func writers(_ relations: String) -> String {
      """
      with read as (select unnest('{\(relations)}'::oid[]) as id),
      written as (
        select id from read
        union select objid from pg_depend join pg_class on pg_class.oid = objid and relkind = 'S'
          where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass
            and refobjid in (select id from read)
        union select d.refobjid from pg_attrdef a
          join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = a.oid
          join pg_class c on c.oid = d.refobjid and c.relkind = 'S'
          where d.refclassid = 'pg_class'::regclass and a.adrelid in (select id from read)
      )
      select distinct virtualtransaction from pg_locks
      where locktype = 'relation' and granted and pid is distinct from pg_backend_pid()
        and database = (select oid from pg_database where datname = current_database())
        and relation in (select id from written)
        and mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
      """
    }

    /// Whether all who write now have ended in time. Those who begin meanwhile draw later numbers.
    private static func wait(
      _ limit: Duration, forWritersTo relations: String, _ connection: PostgresConnection
    ) throws(SourceError) -> Bool {
      let deadline = ContinuousClock.now + limit
      let query = writers(relations)
      var waitedFor = try names(connection.run(query))
      while !waitedFor.isEmpty {
        guard ContinuousClock.now < deadline else { return false }
        try connection.run("select pg_sleep(0.01)")
        waitedFor.formIntersection(names(try connection.run(query)))
      }
      return true
    }

    private static func names(_ result: PostgresResult) -> Set<String> {
      Set((0..<result.rowCount).compactMap { result.text($0) })
    }
  }
#endif
