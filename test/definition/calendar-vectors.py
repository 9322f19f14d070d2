"""Writes calendar-vectors.json: business-day deadlines computed without Baton's code, with Python's datetime and zoneinfo.

Run it from this folder: python3 calendar-vectors.py
"""
import json
import random
import sys
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
CALENDARS = {
    "new-york": ("America/New_York", NAMES[:5], "09:00", "17:00", ["2026-11-26", "2026-12-25", "2027-01-01"], []),
    "tokyo": ("Asia/Tokyo", NAMES[:5], "09:00", "18:00", ["2026-11-03", "2026-11-23"], []),
    "kolkata": ("Asia/Kolkata", NAMES[:6], "10:30", "19:00", ["2026-11-09"], []),
    "kathmandu": ("Asia/Kathmandu", ["sun", "mon", "tue", "wed", "thu"], "09:15", "17:45", [], []),
    "dubai-shift": ("Asia/Dubai", ["mon", "tue", "wed", "thu"], "07:00", "11:00", [], []),
    "berlin": ("Europe/Berlin", NAMES[:5], "08:30", "16:30", ["2026-12-25", "2027-01-01", "2027-03-29"],
               [("2026-11-30", "2026-12-04")]),
    "lord-howe": ("Australia/Lord_Howe", NAMES[:5], "09:00", "17:00", [], []),
    "night-new-york": ("America/New_York", NAMES, "00:00", "04:00", [], []),
    "sao-paulo": ("America/Sao_Paulo", NAMES[:5], "09:00", "17:00", ["2026-11-20"], []),
    "apia": ("Pacific/Apia", NAMES[:5], "09:00", "17:00", [], []),
}


def clock(text):
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


class Calendar:
    def __init__(self, zone, days, opens, closes, holidays, absences):
        self.zone = ZoneInfo(zone)
        self.days = {NAMES.index(day) for day in days}
        self.opens, self.closes = clock(opens), clock(closes)
        self.holidays = {date.fromisoformat(day) for day in holidays}
        self.absences = [(date.fromisoformat(a), date.fromisoformat(b)) for a, b in absences]

    def works(self, day):
        return (day.weekday() in self.days and day not in self.holidays
                and not any(a <= day <= b for a, b in self.absences))

    def at(self, day, wall):
        # fold=0: a skipped local time keeps the old offset and so moves forward; a repeated one is the first.
        return datetime.combine(day, wall, tzinfo=self.zone).astimezone(timezone.utc)

    def local(self, moment):
        there = moment.astimezone(self.zone)
        return there.date(), there.time()

    def walk(self, day, count):
        step = timedelta(days=1 if count > 0 else -1)
        for _ in range(abs(count)):
            day += step
            while not self.works(day):
                day += step
        return day

    def start(self, moment):
        day, _ = self.local(moment)
        if self.works(day):
            if moment < self.at(day, self.opens):
                return self.at(day, self.opens)
            if moment < self.at(day, self.closes):
                return moment
        return self.at(self.walk(day, 1), self.opens)

    def after(self, moment, count):
        day, wall = self.local(self.start(moment))
        return self.at(self.walk(day, count), wall)

    def before(self, moment, count):
        day, wall = self.local(moment)
        return self.at(self.walk(day, -count), wall)

    def due(self, moment, count, minimum, spill):
        start = self.start(moment)
        day, _ = self.local(start)
        if count:
            return self.at(self.walk(day, count), self.closes)
        closes = self.at(day, self.closes)
        if closes - start >= minimum:
            return closes
        following = self.walk(day, 1)
        return min(self.at(following, self.opens) + spill, self.at(following, self.closes))

    def on(self, day):
        return self.at(day if self.works(day) else self.walk(day, 1), self.opens)


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def main():
    dice = random.Random(20261125)
    first = datetime(2026, 10, 15, tzinfo=timezone.utc)
    vectors = []
    for name, args in CALENDARS.items():
        calendar = Calendar(*args)
        for _ in range(24):
            moment = first + timedelta(seconds=dice.randrange(200 * 86400))
            count = dice.choice([1, 1, 2, 3, 5, 10])
            vectors.append({
                "calendar": name, "from": iso(moment), "businessDays": count,
                "start": iso(calendar.start(moment)),
                "after": iso(calendar.after(moment, count)),
                "before": iso(calendar.before(moment, count)),
                "sameDay": iso(calendar.due(moment, 0, timedelta(hours=1), timedelta(hours=2))),
                "due": iso(calendar.due(moment, count, timedelta(hours=1), timedelta(hours=2))),
                "on": iso(calendar.on(moment.date())),
            })
    json.dump({
        "madeBy": "test/definition/calendar-vectors.py: Python " + sys.version.split()[0]
                  + " datetime and zoneinfo, random instants of 200 days from 2026-10-15 (seed 20261125), none of Baton's code",
        "calendars": {name: {"timeZone": a[0], "workingDays": a[1], "workingHours": {"from": a[2], "to": a[3]},
                             "holidays": a[4], "absences": [{"from": f, "to": t} for f, t in a[5]]}
                      for name, a in CALENDARS.items()},
        "vectors": vectors,
    }, open("calendar-vectors.json", "w"), indent=1)


main()
