-- How the shapes read single values. What cannot be read is null: nothing on the wire may break a load.
SET TimeZone = 'UTC';
SET preserve_insertion_order = false;

-- Years beyond 9999, infinities and NaN are no values that every destination can hold.
CREATE MACRO num(x) AS CASE WHEN isfinite(TRY_CAST(x AS DOUBLE)) THEN TRY_CAST(x AS DOUBLE) END;
CREATE MACRO whole(x) AS coalesce(TRY_CAST(x AS BIGINT), TRY_CAST(num(x) AS BIGINT));
CREATE MACRO flag(x) AS TRY_CAST(x AS BOOLEAN);
-- ISO 8601 with any offset and fraction, or seconds since 1970 as in an example of Gong's document.
CREATE MACRO in_range(x) AS CASE WHEN year(x) BETWEEN 1 AND 9999 THEN x END;
CREATE MACRO utc(x) AS CASE
    WHEN regexp_matches(x, '^[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN in_range(TRY_CAST(upper(x) AS TIMESTAMPTZ))
    WHEN num(x) BETWEEN 0 AND 253402300799 THEN to_timestamp(num(x))
END;
-- An id: the text of a single value that is not empty.
CREATE MACRO ident(x) AS CASE WHEN x <> '' AND x[1] NOT IN ('{', '[') THEN x END;
-- The items of a JSON list as lines of a text; anything else as its text.
CREATE MACRO lines(x) AS CASE
    WHEN json_type(x) = 'ARRAY' THEN array_to_string(x ->> '$[*]', chr(10))
    ELSE x ->> '$'
END;
-- The fields of an external object; one that is null for an object without fields.
CREATE MACRO fields_or_none(x) AS CASE
    WHEN len(list_filter(x, lambda f: f IS NOT NULL)) > 0 THEN list_filter(x, lambda f: f IS NOT NULL)
    ELSE [NULL]
END;
-- An id of Gong's, which may send the text "null" for none.
CREATE MACRO id_text(x) AS CASE WHEN x <> 'null' THEN ident(x) END;
-- A day of the company: a date as it is, a time as the date in the company's time zone, else as it was written.
CREATE MACRO day_in(x, zone) AS CASE
    WHEN regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN in_range(TRY_CAST(x AS DATE))
    WHEN zone IS NOT NULL THEN in_range(CAST(timezone(zone, utc(x)) AS DATE))
    WHEN utc(x) IS NOT NULL THEN in_range(TRY_CAST(x[:10] AS DATE))
END;
