# SPDX-License-Identifier: MIT
#
# Adding a test is adding a file and its name here; each links the smallest library that it tests.
# Exit 77 is a skip and says why. Nothing here needs root or sleeps.

if HAVE_CMOCKA

check_PROGRAMS = $(CORE_TESTS) $(CONFIG_TESTS) $(METER_TESTS) $(OUTPUT_TESTS) $(SIM_TESTS) $(E2E_TESTS)
TESTS = $(check_PROGRAMS)

# Found through AM_CPPFLAGS by the tests alone: the source and build trees, to find files in.
TEST_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests \
	-DTEST_SRCDIR='"$(abs_srcdir)"' -DTEST_BUILDDIR='"$(abs_builddir)"'
TEST_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)

CORE_TESTS =
CONFIG_TESTS =
METER_TESTS =
OUTPUT_TESTS =
SIM_TESTS =
E2E_TESTS =

CORE_TESTS += tests/property/test_regulator
tests_property_test_regulator_SOURCES = tests/property/test_regulator.c tests/support.h
tests_property_test_regulator_CPPFLAGS = $(TEST_CPPFLAGS)
tests_property_test_regulator_CFLAGS = $(TEST_CFLAGS)
tests_property_test_regulator_LDADD = libpoweropt-core.la $(CMOCKA_LIBS)

CORE_TESTS += tests/unit/test_klefr
tests_unit_test_klefr_SOURCES = tests/unit/test_klefr.c tests/support.h
tests_unit_test_klefr_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_klefr_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_klefr_LDADD = libpoweropt-core.la $(CMOCKA_LIBS) -lm

METER_TESTS += tests/unit/test_meter
tests_unit_test_meter_SOURCES = tests/unit/test_meter.c tests/support.h
tests_unit_test_meter_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_meter_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_meter_LDADD = libpoweropt-meter.la $(CMOCKA_LIBS)

CORE_TESTS += tests/unit/test_pilot
tests_unit_test_pilot_SOURCES = tests/unit/test_pilot.c
tests_unit_test_pilot_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_pilot_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_pilot_LDADD = libpoweropt-core.la $(CMOCKA_LIBS)

# The simulated chip answers between the output library and its attributes.
FAKE_PWM = tests/unit/fake_pwm.c tests/unit/fake_pwm.h
WRAP_ATTRIBUTES = -Wl,--wrap=attribute_write,--wrap=attribute_read

OUTPUT_TESTS += tests/unit/test_output_pwm
tests_unit_test_output_pwm_SOURCES = tests/unit/test_output_pwm.c $(FAKE_PWM)
tests_unit_test_output_pwm_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_output_pwm_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_output_pwm_LDFLAGS = $(AM_LDFLAGS) $(WRAP_ATTRIBUTES)
tests_unit_test_output_pwm_LDADD = libpoweropt-output.la $(CMOCKA_LIBS)

OUTPUT_TESTS += tests/unit/test_output_pwm_faults
tests_unit_test_output_pwm_faults_SOURCES = tests/unit/test_output_pwm_faults.c $(FAKE_PWM)
tests_unit_test_output_pwm_faults_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_output_pwm_faults_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_output_pwm_faults_LDFLAGS = $(AM_LDFLAGS) $(WRAP_ATTRIBUTES)
tests_unit_test_output_pwm_faults_LDADD = libpoweropt-output.la $(CMOCKA_LIBS)

OUTPUT_TESTS += tests/unit/test_output_sysfs
tests_unit_test_output_sysfs_SOURCES = tests/unit/test_output_sysfs.c
tests_unit_test_output_sysfs_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_output_sysfs_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_output_sysfs_LDADD = libpoweropt-output.la $(CMOCKA_LIBS)

CORE_TESTS += tests/unit/test_quantity
tests_unit_test_quantity_SOURCES = tests/unit/test_quantity.c
tests_unit_test_quantity_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_quantity_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_quantity_LDADD = libpoweropt-core.la $(CMOCKA_LIBS)

CONFIG_TESTS += tests/unit/test_config
tests_unit_test_config_SOURCES = tests/unit/test_config.c tests/unit/config_fixture.h
tests_unit_test_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_config_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_config_LDADD = libpoweropt-config.la $(CMOCKA_LIBS)

CONFIG_TESTS += tests/unit/test_config_documents
tests_unit_test_config_documents_SOURCES = tests/unit/test_config_documents.c tests/unit/config_fixture.h
tests_unit_test_config_documents_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_config_documents_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_config_documents_LDADD = libpoweropt-config.la $(CMOCKA_LIBS)

CONFIG_TESTS += tests/unit/test_config_errors
tests_unit_test_config_errors_SOURCES = tests/unit/test_config_errors.c tests/unit/config_fixture.h
tests_unit_test_config_errors_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_config_errors_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_config_errors_LDADD = libpoweropt-config.la $(CMOCKA_LIBS)

CONFIG_TESTS += tests/unit/test_config_files
tests_unit_test_config_files_SOURCES = tests/unit/test_config_files.c tests/unit/config_fixture.h
tests_unit_test_config_files_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_config_files_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_config_files_LDADD = libpoweropt-config.la $(CMOCKA_LIBS)

endif
