# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""docs/deployment.md: all that it shows is what these sites consist of."""

from rig import build

from netrig import guide


def test_every_configuration_of_the_guide_is_part_of_a_site():
    titles = [guide.title_of(block) for block in guide.blocks()]
    assert sorted(titles) == sorted(guide.ALL)


def test_the_guide_s_servers_find_nothing_wrong_with_their_configuration(
        site):
    for httpd in [*site.nodes, site.balancer]:
        done = httpd.test_configuration()
        assert done.returncode == 0, done
        assert done.stderr.strip() == "Syntax OK", done


def test_the_doctor_has_no_fault_to_find_with_the_guide_s_store(site):
    node = site.nodes[0]
    done = node.host.run(
        build.htsession(), "doctor", "-x", build.HTTPD, "-d", "/etc/apache2",
        "-f", "/etc/apache2/apache2.conf", env=node.environment())
    assert done.returncode == 0, done
    # The network of these machines is nobody else's.
    warned = [line for line in done.stdout.splitlines()
              if line.split()[:1] == ["warning"] and "tls" not in line]
    assert warned == [], done.stdout
