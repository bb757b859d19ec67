# Where an administrator finds the parts. Paths under /etc and the units' folder do not follow the
# prefix: the units name them.
set(CONCERT_UNIT_DIR lib/systemd/system CACHE PATH "folder of systemd units, below the prefix")
install(TARGETS concertd concert-cron RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(TARGETS concertctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES systemd/concertd.socket systemd/concertd.service systemd/concert-cron.service
              systemd/concert-cron.timer
        DESTINATION ${CONCERT_UNIT_DIR})
install(FILES systemd/concert-reservation.sysusers DESTINATION lib/sysusers.d RENAME concert-reservation.conf)
install(FILES systemd/concert-reservation.tmpfiles DESTINATION lib/tmpfiles.d RENAME concert-reservation.conf)
install(FILES systemd/concert.conf.example docs/tour.example.json openapi.yaml sql/accounts.sql sql/grants.sql
        DESTINATION ${CMAKE_INSTALL_DATADIR}/concert-reservation)
install(DIRECTORY docs/monitoring DESTINATION ${CMAKE_INSTALL_DATADIR}/concert-reservation)
install(PROGRAMS sql/concert-setup DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(DIRECTORY sql/migrations DESTINATION ${CMAKE_INSTALL_DATADIR}/concert-reservation)
install(FILES nginx/concert-reservation.conf nginx/concert-reservation-tls.conf nginx/main-settings.conf
              nginx/firewall.nft
        DESTINATION ${CMAKE_INSTALL_DATADIR}/concert-reservation/nginx)
install(DIRECTORY nginx/snippets/ DESTINATION ${CMAKE_INSTALL_DATADIR}/concert-reservation/nginx/snippets)

# The manual; the commands of concertctl are what it says itself, the keys of concert.conf what the programs read.
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/concertctl.1 DEPENDS concertctl man/concertctl.1.in man/commands.awk
                   COMMAND concertctl --help-all > ${CMAKE_BINARY_DIR}/concertctl.help
                   COMMAND awk -f ${CMAKE_SOURCE_DIR}/man/commands.awk ${CMAKE_BINARY_DIR}/concertctl.help
                           ${CMAKE_SOURCE_DIR}/man/concertctl.1.in > ${CMAKE_BINARY_DIR}/concertctl.1 VERBATIM)
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/concert.conf.5
                   DEPENDS settings_documents man/concert.conf.5.in
                   COMMAND settings_documents manual ${CMAKE_SOURCE_DIR} > ${CMAKE_BINARY_DIR}/concert.conf.5 VERBATIM)
add_custom_target(manual ALL DEPENDS ${CMAKE_BINARY_DIR}/concertctl.1 ${CMAKE_BINARY_DIR}/concert.conf.5)
install(FILES ${CMAKE_BINARY_DIR}/concertctl.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_BINARY_DIR}/concert.conf.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES man/concertd.8 man/concert-cron.8 man/concert-setup.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES man/concertctl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME concertctl)
