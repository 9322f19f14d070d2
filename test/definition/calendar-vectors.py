"""Writes calendar-vectors.json: deadlines worked out without Baton's code, with Python's datetime and zoneinfo.

Run it from this folder, then format the file: python3 calendar-vectors.py && npx biome check --write calendar-vectors.json

The rules are read from the product's description of deadlines, not from its code, and are put differently on purpose:
- Working time is a list of intervals. The clock starts at the moment itself or at the beginning of the first interval
  that ends after it ("the moment of handoff, or the next opening when that is outside working hours").
- Working days are a sorted list of dates, and "the N-th working day" is a place in that list.
- A local time is looked up by trying every offset that the zone has around it ("one that is skipped moves forward; one
  that is repeated takes the first"); zoneinfo's own answer (fold=0) must agree, or the script stops.
Zones and years are ones whose rules have not changed lately, so that the file fits every recent zone database.
"""
import json
import random
import sys
from bisect import bisect_left, bisect_right
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK = NAMES[:5]
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
FIRST, LAST = date(2010, 1, 1), date(2030, 12, 31)
MINIMUM, SPILL = timedelta(hours=1), timedelta(hours=2)
# What a handoff is promised: the defaults of the sample definition.
SLA_DAYS, REMIND_DAYS, DUE_DAYS, BRIDGE_DAYS = 3, 1, {"warm": 1, "high": 0}, 1


def settings(zone, days, hours, holidays=(), absences=()):
    return {"timeZone": zone, "workingDays": list(days), "workingHours": dict(zip(("from", "to"), hours.split("-"))),
            "holidays": list(holidays), "absences": [{"from": a, "to": b} for a, b in absences]}


AMERICAN = ["2026-11-26", "2026-12-25", "2027-01-01"]
CALENDARS = {
    "new-york": settings("America/New_York", WEEK, "09:00-17:00", AMERICAN),
    "tokyo": settings("Asia/Tokyo", WEEK, "09:00-18:00", ["2026-11-03", "2026-11-23"]),
    "kolkata": settings("Asia/Kolkata", NAMES[:6], "10:30-19:00", ["2026-11-09"]),
    "kathmandu": settings("Asia/Kathmandu", ["sun"] + NAMES[:4], "09:15-17:45"),
    "dubai-shift": settings("Asia/Dubai", NAMES[:4], "07:00-11:00"),
    "berlin": settings("Europe/Berlin", WEEK, "08:30-16:30", ["2026-12-25", "2027-01-01", "2027-03-29"]),
    "lord-howe": settings("Australia/Lord_Howe", WEEK, "09:00-17:00"),
    "adelaide": settings("Australia/Adelaide", WEEK, "09:00-17:00"),
    "st-johns": settings("America/St_Johns", WEEK, "08:00-16:00"),
    "chatham": settings("Pacific/Chatham", WEEK, "09:00-17:00"),
    "eucla": settings("Australia/Eucla", WEEK, "09:00-17:00"),
    "sao-paulo": settings("America/Sao_Paulo", WEEK, "09:00-17:00", ["2026-11-20"]),
    "until-midnight": settings("Europe/London", WEEK, "14:00-24:00"),
    "all-day": settings("America/New_York", NAMES, "00:00-24:00"),
    "short-days": settings("Europe/Paris", WEEK, "09:00-10:30"),
    "tuesdays": settings("Australia/Sydney", ["tue"], "09:00-17:00", ["2026-12-29"]),
    # Four holidays at weekends, one of them beside a holiday on a Monday.
    "weekend-holidays": settings("Europe/London", WEEK, "09:00-17:00",
                                 ["2026-11-28", "2026-12-25", "2026-12-26", "2026-12-28", "2027-01-02", "2027-03-28"]),
    "leap": settings("Europe/Berlin", NAMES[:6], "09:00-17:00"),
    "leap-day-off": settings("Europe/Berlin", WEEK, "09:00-17:00", ["2024-02-29", "2028-02-29"]),
    # Samoa had no 2011-12-30; a day that never was is nobody's working day, so it is listed as a holiday.
    "apia": settings("Pacific/Apia", WEEK, "09:00-17:00", ["2011-12-30"]),
    "away-days": settings("America/New_York", WEEK, "09:00-17:00", AMERICAN,
                          [("2026-11-17", "2026-11-19"), ("2026-12-08", "2026-12-08")]),
    "away-over-weekends": settings("America/New_York", WEEK, "09:00-17:00", AMERICAN,
                                   [("2026-11-20", "2026-11-23"), ("2026-11-21", "2026-11-22"),
                                    ("2026-11-25", "2026-11-29"), ("2026-12-23", "2027-01-03"),
                                    ("2026-12-30", "2027-01-06")]),
}
# The rep's own settings; what is missing (null, or no holiday at all) is the team's.
REPS = {
    "berlin-rep": ("new-york", {"timeZone": "Europe/Berlin"}),
    "tokyo-rep-own-hours": ("new-york", {"timeZone": "Asia/Tokyo", "workingHours": {"from": "10:00", "to": "19:00"}}),
    "kolkata-rep-own-holidays": ("berlin", {"timeZone": "Asia/Kolkata", "holidays": ["2026-11-09"]}),
    "chatham-rep-own-days-away": ("new-york", {"timeZone": "Pacific/Chatham", "workingDays": ["tue", "wed", "thu"],
                                               "absences": [{"from": "2026-12-01", "to": "2026-12-02"}]}),
}
# Where clocks change, and a stretch of the night that holds the hour that is skipped or repeated.
CHANGING = {"America/New_York": "00:00-06:00", "Europe/Berlin": "00:00-06:00", "Australia/Lord_Howe": "00:00-06:00",
            "America/St_Johns": "00:00-06:00", "Pacific/Chatham": "00:00-06:00", "Australia/Adelaide": "00:00-06:00",
            "Europe/London": "00:00-24:00", "Antarctica/Troll": "00:00-24:00"}


def clock(text):
    hours, minutes = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes)


class Calendar:
    def __init__(self, says):
        self.zone = ZoneInfo(says["timeZone"])
        self.opens, self.closes = clock(says["workingHours"]["from"]), clock(says["workingHours"]["to"])
        off = {date.fromisoformat(day) for day in says["holidays"]}
        for absence in says["absences"]:
            day = date.fromisoformat(absence["from"])
            while day <= date.fromisoformat(absence["to"]):
                off.add(day)
                day += DAY
        every = (FIRST + DAY * n for n in range((LAST - FIRST).days))
        self.dates = [day for day in every if NAMES[day.weekday()] in says["workingDays"] and day not in off]

    def local(self, moment):
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def offset(self, moment):
        return moment.astimezone(self.zone).utcoffset()

    def showing(self, wall):
        """Every instant at which the clocks show this, in order."""
        near = [wall.replace(tzinfo=timezone.utc) + HOUR * n for n in range(-30, 31)]
        tries = {wall.replace(tzinfo=timezone.utc) - self.offset(moment) for moment in near}
        return sorted(moment for moment in tries if self.local(moment) == wall)

    def at(self, wall):
        found = self.showing(wall)
        if not found:
            change = self.change(wall.replace(tzinfo=timezone.utc) - 30 * HOUR, 60 * HOUR)
            found = [wall.replace(tzinfo=timezone.utc) - self.offset(change - MINUTE)]
        assert found[0] == wall.replace(tzinfo=self.zone, fold=0).astimezone(timezone.utc), (self.zone, wall)
        return found[0]

    def change(self, first, within):
        """The minute within a stretch of time at which the clocks change, if they do."""
        low, high = 0, int(within / MINUTE)
        if self.offset(first) == self.offset(first + within):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            if self.offset(first + MINUTE * middle) == self.offset(first):
                low = middle
            else:
                high = middle
        return first + MINUTE * high

    def changes(self, year):
        first = datetime(year, 1, 1, tzinfo=timezone.utc)
        found = [self.change(first + DAY * n, DAY) for n in range(366)]
        return [moment for moment in found if moment]

    def on_date(self, day, time):
        return self.at(datetime(day.year, day.month, day.day) + time)

    def opening(self, day):
        return self.on_date(day, self.opens)

    def closing(self, day):
        return self.on_date(day, self.closes)

    def start(self, moment):
        for day in self.dates[bisect_left(self.dates, self.local(moment).date() - 2 * DAY):]:
            if self.closing(day) > moment:
                return max(moment, self.opening(day))
        raise ValueError("no working time")

    def later(self, day, count):
        """The N-th working day after a date, counting from the next one."""
        return self.dates[bisect_right(self.dates, day) + count - 1]

    def earlier(self, day, count):
        return self.dates[bisect_left(self.dates, day) - count]

    def same_time(self, moment, day):
        wall = self.local(moment)
        return self.on_date(day, wall - datetime(wall.year, wall.month, wall.day))

    def after(self, moment, count):
        start = self.start(moment)
        return self.same_time(start, self.later(self.local(start).date(), count)) if count else start

    def before(self, moment, count):
        return self.same_time(moment, self.earlier(self.local(moment).date(), count)) if count else moment

    def due(self, moment, count):
        start = self.start(moment)
        day = self.local(start).date()
        if count:
            return self.closing(self.later(day, count))
        if self.closing(day) - start >= MINIMUM:
            return self.closing(day)
        # "Two working hours into the next working day": a shorter day has no more than its own hours to give.
        day = self.later(day, 1)
        return min(self.opening(day) + SPILL, self.closing(day))

    def on(self, day):
        return self.opening(self.dates[bisect_left(self.dates, day)])


def iso(moment):
    if moment is None:
        return "none"
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3].replace(".000", "") + "Z"


class Vectors:
    def __init__(self):
        self.calendars, self.reps, self.kinds = dict(CALENDARS), {}, {}
        for name, (team, own) in REPS.items():
            self.reps[name] = {"team": team, "rep": own}
        self.built = {name: Calendar(says) for name, says in CALENDARS.items()}
        for name, (team, own) in REPS.items():
            self.built[name] = Calendar({**CALENDARS[team], **own})

    def calendar(self, name, says=None):
        if says and name not in self.built:
            self.calendars[name], self.built[name] = says, Calendar(says)
        return self.built[name]

    def local(self, name, text):
        return self.built[name].at(datetime.fromisoformat(text))

    def put(self, kind, name, moment, ask, answer, note=""):
        there = self.built[name]
        show = [f"{there.local(m):%a %m-%d %H:%M}" if m else "none" for m in (moment, answer)]
        row = [name, iso(moment), ask, iso(answer), f"{show[0]} to {show[1]}"] + ([note] if note else [])
        rows = self.kinds.setdefault(kind, [])
        if " | ".join(row) not in rows:
            rows.append(" | ".join(row))

    def ask(self, kind, name, moment, *asks, note=""):
        there = self.built[name]
        for ask in asks:
            word, _, rest = ask.partition(" ")
            if word == "on":
                answer = there.on(date.fromisoformat(rest))
            elif word == "start":
                answer = there.start(moment)
            else:
                answer = {"after": there.after, "before": there.before, "due": there.due}[word](moment, int(rest))
            self.put(kind, name, moment, ask, answer, note)

    def handoff(self, kind, name, moment, intent, note=""):
        there = self.built[name]
        start, sla = there.start(moment), there.after(moment, SLA_DAYS)
        remind = there.before(sla, REMIND_DAYS)
        answers = {"slaStartsAt": start, "taskDueAt": there.due(moment, DUE_DAYS[intent]), "slaDueAt": sla,
                   "slaRemindAt": remind if remind > start else None, "bridgeExpiresAt": there.after(moment, BRIDGE_DAYS)}
        for field, answer in answers.items():
            self.put(kind, name, moment, f"handoff {intent} {field}", answer, note)


def examples(vectors):
    kind = "the examples of the specification"
    for text, note in [("2026-11-25T14:30", "Wednesday before Thanksgiving"), ("2026-11-25T16:15", "less than an hour left"),
                       ("2026-11-28T11:00", "Saturday")]:
        for intent in ("warm", "high"):
            vectors.handoff(kind, "new-york", vectors.local("new-york", text), intent, note)
    for intent in ("warm", "high"):
        vectors.handoff(kind, "tokyo", vectors.local("tokyo", "2026-11-28T18:13"), intent, "Saturday 18:13 in Tokyo")
    said = {  # What the description itself says, so that a slip of this script cannot confirm a slip of the product.
        ("2026-11-25T14:30", "after 3"): "2026-12-01T14:30", ("2026-11-25T14:30", "due 1"): "2026-11-27T17:00",
        ("2026-11-25T14:30", "due 0"): "2026-11-25T17:00", ("2026-11-25T16:15", "due 0"): "2026-11-27T11:00",
        ("2026-11-28T11:00", "start"): "2026-11-30T09:00", ("2026-11-28T11:00", "after 3"): "2026-12-03T09:00",
        ("2026-11-28T11:00", "due 0"): "2026-11-30T17:00",
    }
    for (text, ask), answer in said.items():
        vectors.put(kind, "new-york", vectors.local("new-york", text), ask, vectors.local("new-york", answer), "as said")
    vectors.put(kind, "tokyo", vectors.local("tokyo", "2026-11-28T18:13"), "start",
                vectors.local("tokyo", "2026-11-30T09:00"), "as said")


def clock_changes(vectors):
    for zone, hours in CHANGING.items():
        name = "nights-" + zone.split("/")[1].lower().replace("_", "-")
        there = vectors.calendar(name, settings(zone, NAMES, hours))
        for change in there.changes(2027):
            old, new = there.offset(change - MINUTE), there.offset(change)
            forward = new > old
            width = abs(new - old)
            # The wall clock jumps from `edge` by the width; half of it is well inside.
            edge = (change + old).replace(tzinfo=None) - (timedelta() if forward else width)
            wall = edge + width / 2
            assert len(there.showing(wall)) == (0 if forward else 2), (zone, wall)
            kind = f"a deadline on a local time that is {'skipped' if forward else 'repeated'}"
            for count in (1, 2, 7):
                vectors.ask(kind, name, there.at(wall - count * DAY), f"after {count}")
                vectors.ask(kind, name, there.at(wall + count * DAY), f"before {count}")
            # Opening and closing on such a time.
            shown = f"{wall:%H:%M}"
            for half, label in ((f"{shown}-08:00", "opens"), (f"00:00-{shown}", "closes")):
                other = f"{name}-{label}-{shown.replace(':', '')}"
                vectors.calendar(other, settings(zone, NAMES, half))
                noon = there.at(datetime(wall.year, wall.month, wall.day, 12) - 2 * DAY)
                vectors.ask(kind, other, noon, f"on {wall:%Y-%m-%d}", "due 1", "after 1")
            direction = "forward" if forward else "back"
            for shift, count in ((2, 3), (5, 10)):
                before, later = change - shift * DAY + 3 * HOUR, change + shift * DAY - 5 * HOUR
                vectors.ask(f"a span across clocks going {direction}", name, before, f"after {count}", f"due {count}")
                vectors.ask(f"a span across clocks going {direction}", name, later, f"before {count}")
            around = [there.showing(wall)[-1]] if not forward else []
            for moment in [change - MINUTE, change, change + MINUTE, *around]:
                vectors.ask(f"a handoff while clocks go {direction}", name, moment, "start", "after 1", "due 0", "before 1")
    for name in ("new-york", "berlin", "lord-howe", "adelaide", "st-johns", "chatham", "until-midnight", "tuesdays"):
        for year in (2026, 2027):
            for change in vectors.built[name].changes(year):
                forward = vectors.built[name].offset(change) > vectors.built[name].offset(change - MINUTE)
                kind = f"a span across clocks going {'forward' if forward else 'back'}"
                vectors.ask(kind, name, change - 2 * DAY + 13 * HOUR, "after 1", "after 3", "due 2", note="office hours")
                vectors.ask(kind, name, change + 3 * DAY + 13 * HOUR, "before 3", note="office hours")


def dates(vectors):
    asks = ("start", "after 1", "after 3", "due 0", "due 1", "before 1", "before 2")
    for name in ("kolkata", "kathmandu", "adelaide", "lord-howe", "st-johns", "chatham", "eucla"):
        for text in ("2026-11-23T10:00", "2026-11-24T17:10:59.250", "2026-11-27T23:45", "2026-12-05T00:15"):
            vectors.ask("half-hour and 45-minute zones", name, vectors.local(name, text), *asks)
    for name in ("new-york", "tokyo", "berlin", "kathmandu", "until-midnight", "all-day", "weekend-holidays"):
        for text in ("2026-12-30T10:00", "2026-12-31T15:59:59", "2026-12-31T23:59:59.999", "2027-01-01T00:00"):
            vectors.ask("the end of the year", name, vectors.local(name, text), *asks, "due 2", "on 2027-01-01")
    for name in ("leap", "leap-day-off"):
        for year, common in ((2024, 2023), (2028, 2027)):
            for text in (f"{year}-02-28T10:00", f"{year}-02-29T09:30", f"{year}-02-29T16:30", f"{common}-02-28T18:00",
                         f"{year}-03-01T10:00"):
                vectors.ask("the leap day", name, vectors.local(name, text), *asks, f"on {year}-02-29")
    for text in ("2026-11-27T10:00", "2026-11-27T16:30", "2026-11-28T12:00", "2026-12-24T15:00", "2026-12-25T12:00",
                 "2026-12-27T09:00", "2026-12-31T17:00", "2027-03-26T16:59"):
        vectors.ask("holidays on weekends", "weekend-holidays", vectors.local("weekend-holidays", text), *asks, "after 10")
    for name in ("new-york", "tokyo", "kathmandu", "tuesdays", "dubai-shift", "until-midnight", "all-day"):
        for text in ("2026-11-22T06:00", "2026-11-24T00:00", "2026-11-24T08:59:59.999", "2026-11-24T09:00",
                     "2026-11-24T17:00", "2026-11-24T23:59", "2026-11-28T18:13"):
            vectors.ask("before opening, after closing, on a day off", name, vectors.local(name, text), "start", "after 1")
    for text in ("2011-12-28T10:00", "2011-12-29T10:00", "2011-12-29T16:30", "2011-12-29T23:59", "2011-12-31T00:00",
                 "2011-12-31T10:00", "2012-01-02T09:30", "2012-01-03T15:00"):
        vectors.ask("a zone that skips a day", "apia", vectors.local("apia", text), *asks)


def people(vectors):
    moments = ("2026-11-23T14:30", "2026-11-25T09:00", "2026-11-27T16:15", "2026-11-28T12:00", "2026-11-30T03:00",
               "2027-03-12T16:59")
    for name, (team, _) in REPS.items():
        for text in moments:
            moment = vectors.local(team, text)
            for intent in ("warm", "high"):
                vectors.handoff("a rep in another zone than the team", name, moment, intent, f"{text} for the team")
    for kind, name, moments in (
        ("absences of days", "away-days",
         ("2026-11-16T10:00", "2026-11-16T16:30", "2026-11-17T10:00", "2026-11-19T18:00", "2026-12-07T16:00:01")),
        ("absences over weekends and holidays", "away-over-weekends",
         ("2026-11-19T16:30", "2026-11-20T10:00", "2026-11-22T12:00", "2026-11-24T10:00", "2026-11-26T08:00",
          "2026-12-22T16:59", "2026-12-31T12:00")),
    ):
        for text in moments:
            for intent in ("warm", "high"):
                vectors.handoff(kind, name, vectors.local(name, text), intent)
            vectors.ask(kind, name, vectors.local(name, text), "before 1", "before 3", "after 10", f"on {text[:10]}")


def rules(vectors):
    dice = random.Random(20261125)
    usual = [name for name in CALENDARS if not name.startswith(("leap", "apia"))]
    first = datetime(2026, 10, 15, tzinfo=timezone.utc)

    def moment():
        return first + timedelta(seconds=dice.randrange(200 * 86400))

    for name in ("new-york", "kathmandu", "away-over-weekends", "tuesdays"):
        for word, text in (("after", "2026-11-24T10:20:30.456"), ("due", "2026-11-24T16:30"), ("before", "2027-01-08T23:00")):
            here = vectors.local(name, text)
            vectors.ask(f"{word} N business days, N from 0 to 20", name, here, *(f"{word} {count}" for count in range(21)))
    for name in usual:
        there = vectors.built[name]
        for _ in range(3):
            day = there.start(moment())
            closes = there.closing(there.local(day).date())
            for left, note in ((timedelta(hours=1), "exactly the minimum left"), (timedelta(minutes=59, seconds=59), "a second less"),
                               (timedelta(milliseconds=1), "closing"), (timedelta(), "closed")):
                vectors.ask("high intent: the same day, its minimum and the spill", name, closes - left, "due 0", note=note)
            vectors.ask("warm task: closing time of the N-th working day", name, moment(), "due 1", "due 2", "due 5")
            vectors.ask("reminder: N business days before", name, moment(), "before 1", "before 2", "before 5")
            vectors.ask("follow-up date: opening of that day or the next working day", name, moment(),
                        *(f"on {first.date() + DAY * dice.randrange(200)}" for _ in range(2)))
            vectors.ask("bridge email: expires after a business day", name, moment(), f"after {BRIDGE_DAYS}")
            vectors.handoff("handoffs at random", name, moment(), dice.choice(["warm", "high"]))


def main():
    vectors = Vectors()
    for part in (examples, clock_changes, dates, people, rules):
        part(vectors)
    json.dump({
        "madeBy": "test/definition/calendar-vectors.py: Python " + sys.version.split()[0] + " datetime and zoneinfo, none of Baton's code",
        "reads": "calendar | from | ask | answer | the same in local time | note",
        "terms": {"slaDays": SLA_DAYS, "remindDays": REMIND_DAYS, "dueDays": DUE_DAYS,
                  "sameDayMinimumMs": MINIMUM // timedelta(milliseconds=1), "sameDaySpillMs": SPILL // timedelta(milliseconds=1)},
        "calendars": vectors.calendars,
        "reps": vectors.reps,
        "kinds": vectors.kinds,
    }, open("calendar-vectors.json", "w"), indent=1)
    for kind, rows in vectors.kinds.items():
        print(len(rows), kind)


main()
