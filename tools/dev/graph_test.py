#!/usr/bin/env python3
"""Tests of graph.py, and of the include graph itself."""
import unittest

import graph


class TheTable(unittest.TestCase):
    def test_has_no_cycle(self):
        self.assertEqual(graph.cycle_in(graph.allowed_arrows()), [])

    def test_a_cycle_is_found(self):
        self.assertEqual(graph.cycle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}), ["b", "c", "b"])

    def test_the_graph_of_the_sources_follows_it(self):
        self.assertEqual(graph.draw(), 0)

    def test_every_file_is_looked_at(self):
        self.assertGreater(len({path for path, _, _ in graph.includes()}), 100)


class AnInclude(unittest.TestCase):
    def assert_forbidden(self, path, header, is_ours=True):
        self.assertIsNotNone(graph.objection(path, header, is_ours), f"{path}: {header}")

    def assert_allowed(self, path, header, is_ours=True):
        self.assertIsNone(graph.objection(path, header, is_ours))

    def test_that_points_upwards_or_sideways_is_seen(self):
        for path, header in (("domain/seat.cc", "base/log.h"), ("base/log.cc", "domain/seat.h"),
                             ("store/sale/seat_store.cc", "service/sale/hold_seats.h"),
                             ("store/sale/seat_store.cc", "cache/cache.h"),
                             ("cache/cache.cc", "store/session/session.h"),
                             ("settings/settings.cc", "service/queue/join.h"),
                             ("service/sale/hold_seats.cc", "http/body.h"),
                             ("cron/pass.cc", "http/app.h"), ("ctl/main.cc", "cron/pass.h")):
            self.assert_forbidden(path, header)

    def test_from_one_subject_to_another_that_is_not_below_it_is_seen(self):
        for path, header in (("store/session/session.cc", "store/queue/token_store.h"),
                             ("store/points/user_store.cc", "store/queue/queue_store.h"),
                             ("service/queue/join.cc", "service/sale/hold_seats.h"),
                             ("service/access/identity.cc", "service/queue/join.h"),
                             ("service/sale/hold_seats.cc", "service/upkeep/maintain.h"),
                             ("ctl/commands/queue.cc", "ctl/doctor/doctor.h")):
            self.assert_forbidden(path, header)

    def test_of_a_library_that_is_for_another_layer_is_seen(self):
        for path, header in (("domain/seat.h", "fmt/format.h"), ("http/body.cc", "cppconn/driver.h"),
                             ("store/session/session.cc", "libmemcached/memcached.h"),
                             ("http/request.cc", "fcgiapp.h"), ("http/request.cc", "jwt.h"),
                             ("service/access/identity.cc", "curl/curl.h")):
            self.assert_forbidden(path, header, is_ours=False)

    def test_that_points_downwards_is_allowed(self):
        self.assert_allowed("store/session/session.cc", "cppconn/driver.h", is_ours=False)
        self.assert_allowed("domain/seat.h", "string", is_ours=False)
        self.assert_allowed("http/routes.cc", "store/session/failure.h")
        self.assert_allowed("service/sale/hold_seats.cc", "service/access/guard.h")
        self.assert_allowed("ctl/doctor/accounts.cc", "grants.inc")

    def test_in_a_folder_without_a_place_is_seen(self):
        self.assert_forbidden("service/dreams/dream.cc", "service/access/guard.h")


if __name__ == "__main__":
    unittest.main()
