-- projection: stock 1
CREATE TABLE stock (sku TEXT PRIMARY KEY, available INTEGER NOT NULL);
CREATE TABLE reserved (sku TEXT, "order" TEXT, quantity INTEGER NOT NULL, PRIMARY KEY (sku, "order"));

-- on: StockCounted
INSERT INTO stock VALUES (:sku, :quantity) ON CONFLICT DO UPDATE SET available = excluded.available;

-- on: StockReserved
INSERT INTO stock VALUES (:sku, -:quantity) ON CONFLICT DO UPDATE SET available = available - :quantity;
INSERT INTO reserved VALUES (:sku, :order, :quantity) ON CONFLICT DO UPDATE SET quantity = excluded.quantity;

-- on: ReservationReleased
UPDATE stock SET available = available + coalesce((SELECT quantity FROM reserved WHERE sku = :sku AND "order" = :order), 0) WHERE sku = :sku;
DELETE FROM reserved WHERE sku = :sku AND "order" = :order;

-- on: OrderShipped
DELETE FROM reserved WHERE sku = :sku AND "order" = :order;

-- ignore: PageViewed, OrderPlaced
