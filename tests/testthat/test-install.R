test_that("what is installed fits the machine", {
  linux <- identical(Sys.info()[["sysname"]], "Linux")
  skip_if_not(linux, "the names are those of Linux")
  expect_equal(
    install_packages(gpu = FALSE, "1.28"),
    c("tensorflow-cpu>=2.16", "keras>=3.7", "numpy<2")
  )
  expect_equal(
    install_packages(gpu = TRUE, "1.41"),
    c("tensorflow[and-cuda]>=2.16", "keras>=3.7", "numpy")
  )
})

test_that("the report says what was found", {
  skip_if_no_python()
  expect_message(found <- lossbridge_sitrep(), "ready")
  expect_true(all(c("python", "tensorflow", "keras", "device") %in% names(found)))
  expect_equal(found$lossbridge, as.character(packageVersion("lossbridge")))
})

test_that("an environment is not replaced unasked", {
  folder <- file.path(withr::local_tempdir(), "r-lossbridge")
  withr::local_envvar(WORKON_HOME = dirname(folder))
  dir.create(file.path(folder, "bin"), recursive = TRUE)
  # by these files reticulate knows a virtual environment
  files <- c("pyvenv.cfg", "bin/activate", "bin/activate_this.py", "bin/python")
  file.create(file.path(folder, files))
  expect_true(reticulate::virtualenv_exists("r-lossbridge"))
  expect_snapshot(print_conditions(install_lossbridge()))
})
